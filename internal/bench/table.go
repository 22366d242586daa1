package bench

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"
)

// Quantile returns the q-quantile of the values.
func Quantile[T cmp.Ordered](values []T, q float64) T {
	if len(values) == 0 {
		return *new(T)
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[min(int(q*float64(len(sorted))), len(sorted)-1)]
}

// Median returns the median of the values.
func Median[T cmp.Ordered](values []T) T { return Quantile(values, 0.5) }

// Row is one line of results: a figure with its baseline and its goal.
type Row struct {
	Name, Measured, Baseline, Goal string
}

// WriteTable writes the rows as a Markdown table.
func WriteTable(w io.Writer, rows []Row) error {
	tw := tabwriter.NewWriter(w, 0, 0, 1, ' ', tabwriter.Debug)
	line := func(r Row) { _, _ = fmt.Fprintf(tw, "| %s\t %s\t %s\t %s\t\n", r.Name, r.Measured, r.Baseline, r.Goal) }
	line(Row{"figure", "mikronec", "baseline of the same run", "goal"})
	line(Row{"---", "---", "---", "---"})
	for _, r := range rows {
		line(r)
	}
	return tw.Flush()
}

// Micros formats a duration in microseconds.
func Micros(d time.Duration) string {
	return fmt.Sprintf("%.0f us", float64(d)/float64(time.Microsecond))
}

// Millis formats a duration in milliseconds.
func Millis(d time.Duration) string {
	return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond))
}
