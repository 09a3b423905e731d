package source

import (
	"context"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"sluice/internal/backoff"
	"sluice/internal/kube"
)

// look looks at the CustomResourceDefinition of the profiles when the agent starts, and whenever some are missing, until
// ctx ends.
func (c *Cluster) look(ctx context.Context) {
	if !c.exports.Wait(ctx) {
		return
	}
	begun, failures := false, 0
	wake(c.retained.ask)
	for {
		select {
		case <-ctx.Done():
			return
		case <-c.retained.ask:
		}
		synced, now := c.profiles.HasSynced(), c.profiles.Objects()
		definition, err := c.client.Resource(kube.CustomResourceDefinitions()).Get(ctx, kube.Profiles().GroupResource().String(), metav1.GetOptions{})
		if ctx.Err() != nil {
			return
		}
		begun = begun || c.retained.begin(c.formerly(), definition, err)
		news, known := false, begun
		if synced {
			news, known = c.retained.answer(now, definition, err)
		}
		if news {
			wake(c.changes)
		}
		if known {
			failures = 0
			continue
		}
		wake(c.retained.ask)
		if news {
			log := c.log
			if err != nil {
				log = log.WithValues("error", err.Error())
			}
			log.Info("it is unknown which FlowExportProfiles there are, changing nothing", "reason", c.retained.doubted())
		}
		failures++
		timer := time.NewTimer(backoff.Wait(failures))
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-c.retained.back:
			timer.Stop()
		case <-timer.C:
		}
	}
}
