// What <mach/mach.h> of macOS declares, as far as libobs uses it.
#pragma once
#include <cstdint>
using natural_t = unsigned int;
using integer_t = int;
using kern_return_t = int;
using mach_port_t = unsigned int;
using host_t = mach_port_t;
using task_t = mach_port_t;
using vm_address_t = unsigned long;
using vm_size_t = unsigned long;
using mach_msg_type_number_t = natural_t;
using processor_info_array_t = int*;
using host_info64_t = integer_t*;
using task_info_t = integer_t*;
constexpr kern_return_t KERN_SUCCESS = 0;
enum { CPU_STATE_USER, CPU_STATE_SYSTEM, CPU_STATE_IDLE, CPU_STATE_NICE, CPU_STATE_MAX };
constexpr int PROCESSOR_CPU_LOAD_INFO = 2, HOST_VM_INFO64 = 4, MACH_TASK_BASIC_INFO = 20;
struct processor_cpu_load_info {
  unsigned int cpu_ticks[CPU_STATE_MAX];
};
using processor_cpu_load_info_data_t = processor_cpu_load_info;
struct vm_statistics64_data_t {
  natural_t free_count, active_count, inactive_count, wire_count;
  std::uint64_t zero_fill_count, reactivations, pageins, pageouts, faults, cow_faults, lookups, hits, purges;
  natural_t purgeable_count, speculative_count;
  std::uint64_t decompressions, compressions, swapins, swapouts;
  natural_t compressor_page_count, throttled_count, external_page_count, internal_page_count;
  std::uint64_t total_uncompressed_pages_in_compressor;
};
constexpr mach_msg_type_number_t HOST_VM_INFO64_COUNT = sizeof(vm_statistics64_data_t) / sizeof(integer_t);
struct mach_task_basic_info_data_t {
  std::uint64_t virtual_size, resident_size, resident_size_max;
};
constexpr mach_msg_type_number_t MACH_TASK_BASIC_INFO_COUNT =
    sizeof(mach_task_basic_info_data_t) / sizeof(natural_t);
extern "C" {
extern vm_size_t vm_kernel_page_size;
mach_port_t mach_host_self();
mach_port_t mach_task_self();
kern_return_t host_processor_info(host_t, int, natural_t*, processor_info_array_t*, mach_msg_type_number_t*);
kern_return_t host_statistics64(host_t, int, host_info64_t, mach_msg_type_number_t*);
kern_return_t task_info(task_t, int, task_info_t, mach_msg_type_number_t*);
kern_return_t vm_deallocate(task_t, vm_address_t, vm_size_t);
}
