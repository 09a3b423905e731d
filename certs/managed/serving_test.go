package managed

import (
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"testing"
	"time"

	"github.com/sluice-project/sluice/certs"
)

var morning = time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)

// made is a certificate of a new authority; what signs tells nothing here.
func made(t *testing.T, notBefore time.Time, valid time.Duration) *tls.Certificate {
	t.Helper()
	authority, err := certs.NewAuthority("test", morning, 24*time.Hour, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	pair, err := authority.Issue([]string{"localhost"}, notBefore, valid)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := tls.X509KeyPair(pair.Certificate, pair.Key)
	if err != nil {
		t.Fatal(err)
	}
	certificate.Leaf.NotBefore = notBefore // certs looks after clocks that are behind
	return &certificate
}

func TestARenewedCertificateWaitsForClocksThatAreBehind(t *testing.T) {
	renewal := morning.Add(20 * time.Minute)
	former, latest := made(t, morning, 30*time.Minute), made(t, renewal, 30*time.Minute)
	expiring := made(t, morning, 20*time.Minute+10*time.Second)
	for name, c := range map[string]struct {
		former  *tls.Certificate
		after   time.Duration
		trusted bool
		waits   bool
	}{
		"just made":                       {former, 0, true, true},
		"just before the end of the wait": {former, 29 * time.Second, true, true},
		"waited long enough":              {former, 30 * time.Second, true, false},
		"the former is not trusted":       {former, 0, false, false},
		"the former has expired":          {expiring, 11 * time.Second, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := &serving{settle: 30 * time.Second, trusted: func(*x509.Certificate) bool { return c.trusted }}
			if s.choose(c.former, morning) != c.former {
				t.Fatal("the first has none to wait for")
			}
			want := latest
			if c.waits {
				want = c.former
			}
			if s.choose(latest, renewal.Add(c.after)) != want {
				t.Errorf("waits: want %v", c.waits)
			}
			if s.choose(latest, renewal.Add(time.Minute)) != latest {
				t.Error("the new one is never served")
			}
		})
	}
}
