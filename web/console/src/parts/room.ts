/// How much room there is.
import { useEffect, useRef, useState, useSyncExternalStore, type RefObject } from "react";

const query = matchMedia("(max-width: 860px)");
const subscribe = (listener: () => void) => {
  query.addEventListener("change", listener);
  return () => query.removeEventListener("change", listener);
};

/// A phone, or a window as narrow as one.
export const useNarrow = () => useSyncExternalStore(subscribe, () => query.matches);

/// What is left of the window below an element's top, for things that scroll inside themselves.
export function useRoomBelow(keep: number, least = 320): [RefObject<HTMLDivElement | null>, number] {
  const place = useRef<HTMLDivElement>(null);
  const [height, setHeight] = useState(520);
  useEffect(() => {
    const measure = () => {
      const top = (place.current?.getBoundingClientRect().top ?? 0) + window.scrollY;
      setHeight(Math.max(least, window.innerHeight - top - keep));
    };
    measure();
    const watch = new ResizeObserver(measure);
    watch.observe(document.body);
    addEventListener("resize", measure);
    return () => {
      watch.disconnect();
      removeEventListener("resize", measure);
    };
  }, [keep, least]);
  return [place, height];
}
