/** `npm run gallery`: every part of ui/ and charts/ in its states. Not part of the build. */
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import "../styles/global.css";
import { Gallery } from "./Gallery.tsx";

const root = document.getElementById("root");
if (root === null) throw new Error("gallery.html lacks #root");
createRoot(root).render(
  <StrictMode>
    <Gallery />
  </StrictMode>,
);
