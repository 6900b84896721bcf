/// Light, dark, or what the system says; kept in this browser.
import { useSyncExternalStore } from "react";

export type Mode = "light" | "dark" | "system";

const dark = matchMedia("(prefers-color-scheme: dark)");
const still = matchMedia("(prefers-reduced-motion: reduce)");
const listeners = new Set<() => void>();

export function wantedMode(): Mode {
  const kept = localStorage.getItem("koi.theme");
  return kept === "light" || kept === "dark" ? kept : "system";
}

function shown(): "light" | "dark" {
  const wanted = wantedMode();
  return wanted === "system" ? (dark.matches ? "dark" : "light") : wanted;
}

export function paint(): void {
  document.documentElement.dataset.theme = shown();
  for (const listener of listeners) listener();
}

export function setMode(mode: Mode): void {
  localStorage.setItem("koi.theme", mode);
  paint();
}

dark.addEventListener("change", paint);
still.addEventListener("change", paint);

function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export const useShownMode = () => useSyncExternalStore(subscribe, shown);
export const useWantedMode = () => useSyncExternalStore(subscribe, wantedMode);
export const useStill = () => useSyncExternalStore(subscribe, () => still.matches);
