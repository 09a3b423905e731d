package source

import (
	"context"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"sluice/internal/backoff"
	"sluice/internal/kube"
)

// look looks at the CustomResourceDefinition of the profiles whenever some are missing, until ctx ends.
func (c *Cluster) look(ctx context.Context) {
	failures := 0
	for {
		select {
		case <-ctx.Done():
			return
		case <-c.retained.ask:
		}
		now := c.profiles.Objects()
		definition, err := c.client.Resource(kube.CustomResourceDefinitions()).Get(ctx, kube.Profiles().GroupResource().String(), metav1.GetOptions{})
		if ctx.Err() != nil {
			return
		}
		news, known := c.retained.answer(now, definition, err)
		if news {
			select {
			case c.changes <- struct{}{}:
			default: // a value is waiting already
			}
		}
		if known {
			failures = 0
			continue
		}
		if news {
			c.log.Info("it is unknown which FlowExportProfiles there are, changing nothing", "reason", c.retained.doubted())
		}
		failures++
		timer := time.NewTimer(backoff.Wait(failures))
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
	}
}
