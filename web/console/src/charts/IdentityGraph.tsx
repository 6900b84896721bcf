/// One person in the middle, what leads to them around; merged persons carry their own identifiers.
import { around } from "./shapes";

export interface GraphNode {
  id: string;
  /// What kind of identifier, as people call it.
  kind: string;
  /// Its value, masked where it must be.
  text: string;
  strong: boolean;
}

export function IdentityGraph({ nodes, centre, label }: { nodes: GraphNode[]; centre: string; label: string }) {
  const shown = nodes.slice(0, 10);
  const rest = nodes.length - shown.length;
  const width = 320;
  const height = 250;
  const places = around(shown.length, width / 2, height / 2, 112, 92);
  return (
    <figure>
      <svg viewBox={`0 0 ${width} ${height}`} width="100%" role="img" aria-label={label}>
        <ellipse cx={width / 2} cy={height / 2} rx="112" ry="92" fill="none" stroke="var(--line)" strokeDasharray="2 5" />
        <ellipse cx={width / 2} cy={height / 2} rx="62" ry="50" fill="none" stroke="var(--line)" strokeDasharray="2 5" />
        {shown.map((node, index) => (
          <line key={node.id} x1={width / 2} y1={height / 2} x2={places[index]!.x} y2={places[index]!.y}
            stroke={node.strong ? "var(--water)" : "var(--line-strong)"} strokeWidth={node.strong ? 1.6 : 1.2} strokeDasharray={node.strong ? undefined : "3 4"} />
        ))}
        <circle cx={width / 2} cy={height / 2} r="30" fill="var(--water)" />
        <text x={width / 2} y={height / 2 + 6} textAnchor="middle" fontSize="18" fontWeight="600" fill="var(--surface)">{centre.slice(0, 1).toUpperCase()}</text>
        {shown.map((node, index) => {
          const { x, y } = places[index]!;
          return (
            <g key={node.id}>
              <circle cx={x} cy={y} r="8" fill={node.strong ? "var(--koi)" : "var(--surface)"} stroke={node.strong ? "var(--koi)" : "var(--ink-3)"} strokeWidth="1.5" />
              <text x={x} y={y + (y > height / 2 + 10 ? 21 : -13)} textAnchor={x < 70 ? "start" : x > width - 70 ? "end" : "middle"} dx={x < 70 ? -20 : x > width - 70 ? 20 : 0}
                fontSize="11" fill="var(--ink-2)">{node.kind.length > 14 ? `${node.kind.slice(0, 13)}…` : node.kind}</text>
            </g>
          );
        })}
        {rest > 0 && <text x={width - 6} y={height - 6} textAnchor="end" fontSize="11" fill="var(--ink-3)">+{rest}</text>}
      </svg>
    </figure>
  );
}
