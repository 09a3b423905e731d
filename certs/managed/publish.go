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

// lookAgain is how often to write what is missing without an event: a write may have failed.
const lookAgain = 10 * time.Second

// publish keeps the Secret's authority in the registration. The previous CA stays there until it
// expires. If an operator removes it, because its key is compromised, it is not added back.
func (s *Source) publish(ctx context.Context) error {
	go s.secret.RunWithContext(ctx)
	registered := s.config.Registration.Subscribe()
	again := time.NewTicker(lookAgain)
	defer again.Stop()
	last := ""
	for {
		if current, ok := s.current(); ok {
			err := s.config.Registration.Publish(ctx, s.config.Client, current.Leaf)
			if err != nil && err.Error() != last && ctx.Err() == nil {
				s.config.Log.Error(err, "the certificate authority could not be written into the webhook registration; retrying")
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

// current is the authority that the Secret has, with its key; false if it has none.
func (s *Source) current() (tls.Certificate, bool) {
	for _, item := range s.secret.GetStore().List() {
		if u, ok := item.(*unstructured.Unstructured); ok {
			return pair(u.Object)
		}
	}
	return tls.Certificate{}, false
}

// pair is the authority of a Secret.
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
