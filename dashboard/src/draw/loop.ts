// The one animation loop: draws the charts that can be seen, each display frame, within a budget.
//
// A hidden tab gets no animation frames, so nothing is drawn there, while data goes on being received; the
// first frame after coming back draws what is current. When all charts together take longer than the budget,
// the rest has its turn in the next frame: a page of many charts gets slower charts, not a stuck page.

import type { Drawable, Scene } from "./scene";

const budgetMs = 7;

export class DrawLoop {
  private readonly drawables: Drawable[] = [];
  private readonly visible = new Set<Element>();
  private readonly observer: IntersectionObserver;
  private turn = 0;
  private handle = 0;
  frames = 0;

  constructor(
    private readonly scene: (frameMs: number) => Scene | null,
    private readonly onError: (error: unknown) => void,
  ) {
    this.observer = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) {
        if (isIntersecting) this.visible.add(target);
        else this.visible.delete(target);
      }
    });
  }

  add(drawable: Drawable): () => void {
    this.drawables.push(drawable);
    this.observer.observe(drawable.element);
    return () => {
      this.drawables.splice(this.drawables.indexOf(drawable), 1);
      this.observer.unobserve(drawable.element);
      this.visible.delete(drawable.element);
    };
  }

  start(): void {
    const frame = (frameMs: number): void => {
      this.handle = requestAnimationFrame(frame);
      this.frames++;
      const scene = this.scene(frameMs);
      if (scene !== null) this.draw(scene);
    };
    this.handle = requestAnimationFrame(frame);
  }

  stop(): void {
    cancelAnimationFrame(this.handle);
  }

  private draw(scene: Scene): void {
    const begin = performance.now();
    const count = this.drawables.length;
    for (let i = 0; i < count; ++i) {
      const drawable = this.drawables[this.turn++ % count]!;
      if (!this.visible.has(drawable.element)) continue;
      try {
        drawable.draw(scene);
      } catch (error) {
        this.onError(error); // one broken chart must not stop the others
      }
      if (performance.now() - begin > budgetMs) return;
    }
  }
}
