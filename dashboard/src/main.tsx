import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import "uplot/dist/uPlot.min.css";
import "./index.css";
import { App } from "./App";
import { followUrl } from "./state/follow_url";
import { session } from "./state/session";
import { Guard } from "./ui/Guard";

followUrl();
session.start();

createRoot(document.getElementById("page")!).render(
  <StrictMode>
    <Guard>
      <App />
    </Guard>
  </StrictMode>,
);
