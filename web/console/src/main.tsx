import "./theme/tokens.css";
import "./theme/base.css";
import "./theme/frame.css";
import { createRoot } from "react-dom/client";
import { App } from "./app/App";
import { nonceStyles } from "./app/nonce";
import { speak, wantedLanguage } from "./i18n";
import { paint } from "./theme/mode";

nonceStyles();
paint();
await speak(wantedLanguage());
createRoot(document.getElementById("root")!).render(<App />);
