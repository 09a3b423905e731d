package doctor

import (
	"bufio"
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// unreviewed counts the changes that passed without a review since the API server started. Nothing may
// be wrong now, and the count is there until the API server starts again. So the finding does not make
// the command fail, but an administrator should look at what was removed.
func (c Cluster) unreviewed(ctx context.Context) Finding {
	f := Finding{ID: idUnreviewed, State: OK, What: "changes without a review since this API server started", Detail: "none"}
	text, err := c.Metrics(ctx)
	if err != nil {
		return f.unknown(fmt.Errorf("read the metrics of the API server: %w", err))
	}
	// The API server's counter of changes that passed because a call failed, of Sluice's webhooks.
	failOpen := regexp.MustCompile(`^apiserver_admission_webhook_fail_open_count\{(?:[^}]*,)?name="[^"]+\.sluice\.dev"[^}]*\} ([0-9.e+]+)$`)
	count := 0.0
	lines := bufio.NewScanner(strings.NewReader(text))
	lines.Buffer(nil, longestLine)
	for lines.Scan() {
		if m := failOpen.FindStringSubmatch(lines.Text()); m != nil {
			n, err := strconv.ParseFloat(m[1], 64)
			if err != nil {
				return f.unknown(fmt.Errorf("read the metrics of the API server: %w", err))
			}
			count += n
		}
	}
	if err := lines.Err(); err != nil {
		return f.unknown(fmt.Errorf("read the metrics of the API server: %w", err))
	}
	if count > 0 {
		f.State, f.Why = Warn, fmt.Sprintf("%.0f removals passed, because a call of the webhook failed", count)
		f.Do = "kubectl sluice runbook SluiceWebhookFailsOpen"
	}
	return f
}

// longestLine bounds a line of the metrics.
const longestLine = 1 << 20
