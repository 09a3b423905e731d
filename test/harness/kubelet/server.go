// Package kubelet is the part of a kubelet that API servers call for "kubectl logs": an HTTPS server that is named in
// the status of a Node. API servers verify its certificate, and it verifies theirs.
package kubelet

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"sluice/test/harness/testca"
)

// Authority signs the certificates of kubelets, and that with which API servers call them.
type Authority struct{ *testca.Authority }

// NewAuthority returns an authority, and the flags of kube-apiserver with which it trusts kubelets of the authority.
// Its files are in a folder.
func NewAuthority(dir string) (Authority, []string, error) {
	a, err := testca.New("kubelets", time.Now(), time.Hour, rand.Reader)
	if err != nil {
		return Authority{}, nil, err
	}
	pair, err := a.Issue([]string{"kube-apiserver"}, time.Now(), time.Hour)
	if err != nil {
		return Authority{}, nil, err
	}
	bundle, certificate, key := filepath.Join(dir, "kubelets.crt"), filepath.Join(dir, "kubelet-client.crt"), filepath.Join(dir, "kubelet-client.key")
	for name, content := range map[string][]byte{bundle: a.Bundle(), certificate: pair.Certificate, key: pair.Key} {
		if err := os.WriteFile(name, content, 0o600); err != nil {
			return Authority{}, nil, fmt.Errorf("certificates of kubelets: %w", err)
		}
	}
	return Authority{a}, []string{"kubelet-certificate-authority=" + bundle, "kubelet-client-certificate=" + certificate, "kubelet-client-key=" + key}, nil
}

// Log names the log of a container.
type Log struct {
	Namespace, Pod, Container string
	// Previous is that of the container that ended before.
	Previous bool
}

// Server is the kubelet of a node.
type Server struct {
	server   *http.Server
	listener net.Listener
	done     chan struct{}
	served   error

	mu   sync.Mutex
	logs map[Log]string
	// asked are the logs that an API server asked for.
	asked []Log
}

// Start serves logs on a loopback address.
func Start(ctx context.Context, authority Authority) (*Server, error) {
	pair, err := authority.Issue([]string{"127.0.0.1"}, time.Now(), time.Hour)
	if err != nil {
		return nil, err
	}
	certificate, err := tls.X509KeyPair(pair.Certificate, pair.Key)
	if err != nil {
		return nil, fmt.Errorf("certificate of the kubelet: %w", err)
	}
	clients := x509.NewCertPool()
	clients.AppendCertsFromPEM(authority.Bundle())
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen as a kubelet: %w", err)
	}
	s := &Server{listener: listener, logs: map[Log]string{}, done: make(chan struct{})}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /containerLogs/{namespace}/{pod}/{container}", s.serve)
	s.server = &http.Server{Handler: mux, ReadHeaderTimeout: time.Minute, TLSConfig: &tls.Config{
		MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{certificate}, ClientAuth: tls.RequireAnyClientCert,
		VerifyConnection: func(state tls.ConnectionState) error {
			_, err := state.PeerCertificates[0].Verify(x509.VerifyOptions{Roots: clients, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}})
			return err
		},
	}}
	go func() {
		defer close(s.done)
		s.served = s.server.ServeTLS(listener, "", "")
	}()
	return s, nil
}

// Stop ends it; a second call does nothing.
func (s *Server) Stop() error {
	err := s.server.Close()
	if <-s.done; !errors.Is(s.served, http.ErrServerClosed) {
		err = errors.Join(err, s.served)
	}
	return err
}

// Register makes a Node that names the server as its kubelet, or changes the Node.
func (s *Server) Register(ctx context.Context, c client.Client, name string) error {
	node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name}}
	if err := c.Get(ctx, client.ObjectKeyFromObject(node), node); client.IgnoreNotFound(err) != nil {
		return fmt.Errorf("read Node %s: %w", name, err)
	} else if err != nil {
		if err := c.Create(ctx, node); err != nil {
			return fmt.Errorf("create Node %s: %w", name, err)
		}
	}
	address := s.listener.Addr().(*net.TCPAddr)
	node.Status.Addresses = []corev1.NodeAddress{{Type: corev1.NodeInternalIP, Address: address.IP.String()}}
	node.Status.DaemonEndpoints.KubeletEndpoint.Port = int32(address.Port)
	if err := c.Status().Update(ctx, node); err != nil {
		return fmt.Errorf("name the kubelet of Node %s: %w", name, err)
	}
	return nil
}

// SetLog sets the text of a log.
func (s *Server) SetLog(log Log, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.logs[log] = text
}

// Asked are the logs that API servers asked for.
func (s *Server) Asked() []Log {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.asked)
}

// serve answers as a kubelet does: the last lines, and of these the first bytes.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	log := Log{Namespace: r.PathValue("namespace"), Pod: r.PathValue("pod"), Container: r.PathValue("container"), Previous: query.Get("previous") == "true"}
	s.mu.Lock()
	text, known := s.logs[log]
	s.asked = append(s.asked, log)
	s.mu.Unlock()
	if !known {
		http.Error(w, fmt.Sprintf("container %q in pod %q is not available", log.Container, log.Pod), http.StatusBadRequest)
		return
	}
	if tail, err := strconv.Atoi(query.Get("tailLines")); err == nil {
		lines := strings.SplitAfter(strings.TrimSuffix(text, "\n")+"\n", "\n")
		lines = lines[:len(lines)-1]
		text = strings.Join(lines[max(0, len(lines)-tail):], "")
	}
	if limit, err := strconv.Atoi(query.Get("limitBytes")); err == nil {
		text = text[:min(len(text), limit)]
	}
	w.Header().Set("Content-Type", "text/plain")
	_, _ = w.Write([]byte(text)) // a client that is gone does not matter
}
