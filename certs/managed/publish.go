package managed

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"net"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

var secrets = schema.GroupVersionResource{Version: "v1", Resource: "secrets"} //nolint:gochecknoglobals // a constant

// publishPeriod is how often to publish the authority without a change, because a write may have
// failed.
const publishPeriod = 10 * time.Second

// publish keeps the authority of the Secret in the webhook configurations. The previous authority
// stays there until it expires. If an operator removes it, because its key is compromised, it is
// not added back.
func (s *Source) publish(ctx context.Context) error {
	go s.secret.RunWithContext(ctx)
	registered := s.config.Registration.Subscribe()
	again := time.NewTicker(publishPeriod)
	defer again.Stop()
	last := ""
	for {
		if current, ok := s.current(); ok {
			err := s.config.Registration.Publish(ctx, s.config.Client, current.Leaf)
			if err != nil && err.Error() != last && ctx.Err() == nil {
				s.config.Log.Error(err, "certificate authority could not be published in the webhook configurations; retrying")
				last = err.Error()
			} else if err == nil {
				last = ""
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-s.secret.Changes():
		case <-registered:
		case <-again.C:
		}
	}
}

// current returns the authority in the Secret with its key; false if it does not exist.
func (s *Source) current() (tls.Certificate, bool) {
	for _, item := range s.secret.GetStore().List() {
		if u, ok := item.(*unstructured.Unstructured); ok {
			return pair(u.Object)
		}
	}
	return tls.Certificate{}, false
}

// pair returns the authority in a Secret; false if it has no valid one.
func pair(secret map[string]any) (tls.Certificate, bool) {
	var parts [2][]byte
	for i, key := range []string{"tls.crt", "tls.key"} {
		text, _, err := unstructured.NestedString(secret, "data", key)
		if err != nil {
			return tls.Certificate{}, false
		}
		if parts[i], err = base64.StdEncoding.DecodeString(text); err != nil {
			return tls.Certificate{}, false
		}
	}
	ca, err := tls.X509KeyPair(parts[0], parts[1])
	if err != nil || !ca.Leaf.IsCA {
		return tls.Certificate{}, false
	}
	return ca, true
}

// split sorts hosts into DNS names and IP addresses.
func split(hosts []string) (names []string, addresses []net.IP) {
	for _, h := range hosts {
		if ip := net.ParseIP(h); ip != nil {
			addresses = append(addresses, ip)
		} else {
			names = append(names, h)
		}
	}
	return names, addresses
}
