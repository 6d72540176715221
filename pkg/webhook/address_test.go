package webhook_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/posada-exchange/posada/pkg/webhook"
)

func TestOnlyTheInternetAtLargeIsPublic(t *testing.T) {
	for _, text := range []string{
		"0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.255.255.254", "169.254.169.254", "169.254.170.2",
		"172.16.0.1", "172.31.255.255", "192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.51.100.7", "203.0.113.9",
		"224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255", "168.63.129.16",
		"::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1",
		"2002:7f00:1::", "2002:a9fe:a9fe::1", "3fff::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "5f00::1", "2606:4700::1%eth0",
	} {
		if webhook.Public(netip.MustParseAddr(text)) {
			t.Errorf("%s is public", text)
		}
	}
	for _, text := range []string{"1.1.1.1", "8.8.8.8", "172.15.255.255", "172.32.0.1", "100.63.255.255", "100.128.0.1", "168.63.129.17", "223.255.255.255", "::ffff:8.8.8.8", "2606:4700:4700::1111", "2a00:1450::1"} {
		if !webhook.Public(netip.MustParseAddr(text)) {
			t.Errorf("%s is not public", text)
		}
	}
	if webhook.Public(netip.Addr{}) {
		t.Error("no address is public")
	}
}

func TestWhatAnAddressMustLookLike(t *testing.T) {
	for text, want := range map[string]struct{ ever, loopback bool }{
		"https://hooks.example.org/posada":          {true, true},
		"https://hooks.example.org:8443/p?x=1":      {true, true},
		"https://203.0.113.9/":                      {true, true}, // where it leads is looked at when it is dialled
		"http://hooks.example.org/":                 {false, false},
		"http://127.0.0.1:9000/":                    {false, true},
		"http://localhost:9000/":                    {false, true},
		"http://[::1]:9000/":                        {false, true},
		"http://[::ffff:127.0.0.1]/":                {false, true},
		"http://127.0.0.1.example.org/":             {false, false},
		"http://10.0.0.1/":                          {false, false},
		"https://user:secret@hooks.example.org/":    {false, false},
		"https://hooks.example.org/#part":           {false, false},
		"https:///path":                             {false, false},
		"https:hooks.example.org":                   {false, false},
		"https://[fe80::1%25eth0]/":                 {false, false},
		"file:///etc/passwd":                        {false, false},
		"gopher://hooks.example.org/":               {false, false},
		"":                                          {false, false},
		"hooks.example.org":                         {false, false},
		"https://x.org/" + strings.Repeat("a", 500): {false, false},
	} {
		for loopback, may := range map[bool]bool{false: want.ever, true: want.loopback} {
			if _, err := webhook.CheckURL(text, loopback); (err == nil) != may {
				t.Errorf("%s, loopback %v: %v", text, loopback, err)
			}
		}
	}
}
