/// ECharts with flows: the sankey is fetched only by who draws one.
import { SankeyChart } from "echarts/charts";
import { use } from "echarts/core";

use([SankeyChart]);

export { default } from "./EChart";
