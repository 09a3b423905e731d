package doctor

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// The times before the expiration of a certificate at which the alerts SluiceCertificateNotRenewed and
// SluiceCertificateExpiring fire.
const (
	certificateLate   = 48 * time.Hour
	certificateUrgent = 8 * time.Hour
)

// certificates checks until when the certificates are valid that the replicas of the webhook serve. Each replica
// reports its own, which with --certs=managed no Secret contains.
func (c Cluster) certificates(ctx context.Context) Finding {
	f := Finding{ID: idCertificate, State: OK, What: "serving certificates of the webhook"}
	replicas, err := c.replicas(ctx)
	if err != nil {
		return f.unknown(err)
	}
	var silent, late, urgent []string
	var soonest time.Duration
	counted := 0
	for _, r := range replicas {
		if r.ended {
			continue
		}
		expires, err := time.Parse(time.RFC3339, r.expires)
		left := expires.Sub(c.Now())
		switch {
		case !r.reports, err != nil && r.expires != "":
			silent = append(silent, r.name)
			continue
		case r.expires == "":
			urgent = append(urgent, r.name+" has none")
			continue
		case left <= 0:
			urgent = append(urgent, fmt.Sprintf("that of %s expired %s ago", r.name, rough(-left)))
		case left < certificateUrgent:
			urgent = append(urgent, fmt.Sprintf("that of %s expires in %s", r.name, rough(left)))
		case left < certificateLate:
			late = append(late, fmt.Sprintf("that of %s expires in %s", r.name, rough(left)))
		}
		if counted == 0 || left < soonest {
			soonest = left
		}
		counted++
	}
	const logs = "kubectl -n " + webhookNamespace + " logs -l app.kubernetes.io/component=webhook --since=24h --tail=1000; kubectl sluice runbook "
	switch {
	case urgent != nil:
		f.State, f.Why, f.Do = Bad, strings.Join(append(urgent, late...), "; "), logs+"SluiceCertificateExpiring"
	case late != nil:
		f.State, f.Why, f.Do = Warn, strings.Join(late, "; ")+"; they should have been renewed by now", logs+"SluiceCertificateNotRenewed"
	case silent != nil:
		f.State, f.Why = Unknown, "not reported by "+shorten(silent)
		f.Do = "update the webhook: an earlier version does not report its certificate"
	case counted == 0:
		f.State, f.Why = Unknown, "no replica has reported its certificate; one with --policies=off reports none"
	default:
		f.Detail = fmt.Sprintf("valid for %s more", rough(soonest))
	}
	return f
}

// rough is a time in whole days, or if it is less than two, in hours or minutes.
func rough(d time.Duration) string {
	switch {
	case d >= 48*time.Hour:
		return fmt.Sprintf("%d days", int(d.Hours()/24))
	case d >= 2*time.Hour:
		return fmt.Sprintf("%d hours", int(d.Hours()))
	}
	return fmt.Sprintf("%d minutes", int(d.Minutes()))
}
