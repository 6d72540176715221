package webhooks

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"sync"
	"testing"

	"github.com/posada-exchange/posada/pkg/posada"
)

// dialled is a network in which every address leads to one program, and what was dialled
// is noted.
type dialled struct {
	mu   sync.Mutex
	list []string
	asks int
}

// guarded is a unit in that network, where a name leads to some addresses.
func guarded(n *night, c *consumer, addresses ...string) *dialled {
	d := &dialled{}
	n.reach.resolve = func(context.Context, string) (list []netip.Addr, _ error) {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.asks++
		for _, a := range addresses {
			list = append(list, netip.MustParseAddr(a))
		}
		return list, nil
	}
	n.reach.dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		d.mu.Lock()
		d.list = append(d.list, address)
		d.mu.Unlock()
		return (&net.Dialer{}).DialContext(ctx, network, c.Listener.Addr().String())
	}
	return d
}

// inner are addresses within a network, of this machine, or of a cloud's own.
func inner() []string {
	return []string{
		"127.0.0.1", "127.9.9.9", "0.0.0.0", "10.0.0.8", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "100.100.100.200", "168.63.129.16",
		"192.0.0.192", "198.18.0.1", "224.0.0.251", "255.255.255.255", "240.0.0.1",
		"::1", "::", "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::fb", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2001::1",
	}
}

// secure is a consumer over TLS whose certificate the unit believes, as hooks.example.org.
func secure(t *testing.T, n *night) *consumer {
	c := newConsumer(t)
	handler := c.Config.Handler
	c.Server = httptest.NewTLSServer(handler)
	t.Cleanup(c.Close)
	n.reach.trust.RootCAs = c.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	n.reach.trust.ServerName = "example.com"
	return c
}

// TestNoNameLeadsIntoANetwork: with each address that a name may lead to, and as the host
// itself, nothing is dialled; one of them among others is enough. With the guard taken away
// each is dialled, and told: the test sees what it forbids.
func TestNoNameLeadsIntoANetwork(t *testing.T) {
	n := newNight(t)
	n.c.Loopback, n.reach.loopback = false, false
	c := secure(t, n)
	id := n.add("https://hooks.example.org/").Webhook.ID
	for _, address := range inner() {
		host := address
		if netip.MustParseAddr(address).Is6() {
			host = "[" + address + "]"
		}
		literal := n.add("https://" + host + "/").Webhook.ID
		for _, leads := range [][]string{{address}, {"8.8.8.8", address}, {address, "8.8.8.8"}} {
			d := guarded(n, c, leads...)
			for _, which := range []posada.WebhookID{id, literal} {
				if a, err := n.Test(t.Context(), which); err != nil || a.Outcome != posada.WebhookForbidden || len(d.list) != 0 {
					t.Errorf("%v: %s, dialled %v, %v", leads, a.Outcome, d.list, err)
				}
			}
		}
		if bodies, _ := c.had(); len(bodies) != 0 {
			t.Fatalf("%s was reached", address)
		}
		if err := n.Remove(her, literal); err != nil {
			t.Fatal(err)
		}
	}
	n.reach.allowed = func(netip.Addr) bool { return true }
	for i, address := range inner() {
		d := guarded(n, c, address)
		want := netip.AddrPortFrom(netip.MustParseAddr(address).Unmap(), 443).String()
		if a, err := n.Test(t.Context(), id); err != nil || a.Outcome != posada.WebhookDelivered || !slices.Equal(d.list, []string{want}) {
			t.Errorf("without the guard %s: %s, dialled %v, %v", address, a.Outcome, d.list, err)
		}
		if bodies, _ := c.had(); len(bodies) != i+1 {
			t.Errorf("without the guard %s was not reached", address)
		}
	}
}

// TestANameIsResolvedOnceAndThatAddressIsDialled: what it leads to later changes nothing.
func TestANameIsResolvedOnceAndThatAddressIsDialled(t *testing.T) {
	n := newNight(t)
	c := secure(t, n)
	id := n.add("https://hooks.example.org:8443/in").Webhook.ID
	d := guarded(n, c, "93.184.216.34")
	resolve, asked := n.reach.resolve, 0
	n.reach.resolve = func(ctx context.Context, host string) ([]netip.Addr, error) {
		if asked++; asked > 1 {
			return []netip.Addr{netip.MustParseAddr("127.0.0.1")}, nil
		}
		return resolve(ctx, host)
	}
	if a, err := n.Test(t.Context(), id); err != nil || a.Outcome != posada.WebhookDelivered || asked != 1 || !slices.Equal(d.list, []string{"93.184.216.34:8443"}) {
		t.Errorf("%+v, %v, asked %d, dialled %v", a, err, asked, d.list)
	}
	if a, err := n.Test(t.Context(), id); err != nil || a.Outcome != posada.WebhookForbidden || len(d.list) != 1 {
		t.Errorf("%+v, %v, dialled %v", a, err, d.list)
	}
}

// TestNobodyIsFollowedElsewhere: a redirect is no answer, whatever it is and wherever it leads.
func TestNobodyIsFollowedElsewhere(t *testing.T) {
	n, c, elsewhere := newNight(t), newConsumer(t), newConsumer(t)
	id := n.add(c.URL).Webhook.ID
	for _, code := range []int{301, 302, 303, 307, 308} {
		c.answers(func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, elsewhere.URL, code) })
		if a, err := n.Test(t.Context(), id); err != nil || a.Status != code || a.Outcome != posada.WebhookRefused {
			t.Errorf("%d: %+v, %v", code, a, err)
		}
	}
	if bodies, _ := elsewhere.had(); len(bodies) != 0 {
		t.Error("it was followed")
	}
}

// TestThisMachineIsToldOnlyWhereTheConfigurationSaysSo, also where it was added before.
func TestThisMachineIsToldOnlyWhereTheConfigurationSaysSo(t *testing.T) {
	n, c := newNight(t), newConsumer(t)
	id := n.add(c.URL).Webhook.ID
	if a, err := n.Test(t.Context(), id); err != nil || a.Outcome != posada.WebhookDelivered {
		t.Errorf("%+v, %v", a, err)
	}
	n.c.Loopback, n.reach.loopback = false, false
	if a, err := n.Test(t.Context(), id); err != nil || a.Outcome != posada.WebhookForbidden {
		t.Errorf("%+v, %v", a, err)
	}
	if bodies, _ := c.had(); len(bodies) != 1 {
		t.Errorf("it was told %d times", len(bodies))
	}
	// A name that leads here is not this machine's own, though it may be told.
	n.c.Loopback, n.reach.loopback = true, true
	other := n.add("https://hooks.example.org/").Webhook.ID
	guarded(n, c, "127.0.0.1")
	if a, err := n.Test(t.Context(), other); err != nil || a.Outcome != posada.WebhookForbidden {
		t.Errorf("%+v, %v", a, err)
	}
}
