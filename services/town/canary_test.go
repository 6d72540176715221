package town_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/htcds"
	"github.com/posada-exchange/posada/pkg/obs"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/services/town"
)

// lockedBuffer collects what is written to it.
type lockedBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) bytes() []byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	return bytes.Clone(b.text.Bytes())
}

// wiretap forwards connections to the hub and keeps every byte in both
// directions: subjects, headers and bodies.
func wiretap(t *testing.T, hub string, heard io.Writer) string {
	t.Helper()
	target, err := url.Parse(hub)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp", target.Host)
			if err != nil {
				in.Close()
				continue
			}
			pipe := func(to, from net.Conn) {
				_, _ = io.Copy(io.MultiWriter(to, heard), from)
				to.Close()
			}
			go pipe(in, out)
			go pipe(out, in)
		}
	}()
	return "tls://" + l.Addr().String()
}

// everyField is a referral with a token of its own in every field that takes
// free text, in every role, and the category each belongs to.
func everyField() (records []client.NewRecord, tokens []string) {
	for _, role := range htcds.Roles() {
		values := map[string]string{}
		for _, f := range htcds.Fields(role) {
			token := fmt.Sprintf("XOCHITL%04dZ", len(tokens))
			if f.Check(token) == nil {
				values[f.Name] = token
				tokens = append(tokens, token)
			}
		}
		records = append(records, client.NewRecord{Role: string(role), Fields: values})
	}
	return records, tokens
}

// TestATokenInEveryFieldAppearsNowhereElse previews
// everything, sends everything that may be sent, lets it be read and answered,
// makes mistakes on the way, and then looks for every token everywhere: logs,
// the wire, the hub's files and pages, the nodes' files and pages, temporary
// files, and errors (M18).
func TestATokenInEveryFieldAppearsNowhereElse(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	laid := lay(t)
	var logs, wire lockedBuffer
	w := start(t, laid, town.Options{
		Log: obs.NewLog(&logs), Skip: []string{"shelter", "police"},
		Bus: func(hub string) string { return wiretap(t, hub, &wire) },
	})
	ngo, legal := ask(t, w, "ngo"), ask(t, w, "legal")
	records, tokens := everyField()
	in := newConsent()
	in.Allow[0].Share = posada.Texts(posada.Members[posada.Category]())
	in.TextVersion = "XOCHITLTEXTZ"
	tokens = append(tokens, in.TextVersion)
	consent, err := ngo.AddConsent(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}

	var errorsSeen []string
	mistake := func(err error) {
		t.Helper()
		if err == nil {
			t.Error("a mistake was taken")
			return
		}
		text, _ := json.Marshal(err)
		errorsSeen = append(errorsSeen, err.Error(), string(text))
	}
	draft := newPreview(consent.Case)
	draft.Records = records
	all, err := ngo.Preview(t.Context(), draft)
	if err != nil || len(all.Uncovered) == 0 {
		t.Fatalf("%d uncovered, %v", len(all.Uncovered), err)
	}
	for _, u := range all.Uncovered {
		_, name, _ := strings.Cut(u.Place, ".")
		draft.LeaveOut = append(draft.LeaveOut, name)
	}
	ready, err := ngo.Preview(t.Context(), draft)
	if err != nil || ready.Digest == "" {
		t.Fatalf("%+v, %v", ready.Uncovered, err)
	}
	r, err := ngo.Send(t.Context(), client.NewSend{Digest: ready.Digest})
	if err != nil {
		t.Fatal(err)
	}
	settle(t, ngo, legal, 1)
	got, err := legal.Referral(t.Context(), r.ID)
	if err != nil || len(got.Carried) < 20 {
		t.Fatalf("%d fields arrived, %v", len(got.Carried), err)
	}
	own := ownConsent()
	own.Allow[0].Share, own.TextVersion = nil, in.TextVersion
	for _, f := range got.Carried {
		if f.Category != "" && !slices.Contains(own.Allow[0].Share, string(f.Category)) {
			own.Allow[0].Share = append(own.Allow[0].Share, string(f.Category))
		}
	}
	kept, err := legal.TakeOver(t.Context(), r.ID, own)
	if err != nil || len(kept.TakenOver) != 1 || len(kept.TakenOver[0].Carried) < 20 {
		t.Fatalf("%d were taken over, %v", len(kept.TakenOver), err)
	}
	tokens = append(tokens, askWithTokens(t, ngo, legal, r.ID)...)
	mistake(second(legal.AskAbout(t.Context(), r.ID, client.NewQuestion{Question: "who_is_it", Note: "XOCHITL0002Z"})))
	mistake(second(legal.AskAbout(t.Context(), r.ID, client.NewQuestion{Question: "access_needs", Note: "XOCHITL0001Z\n"})))
	mistake(second(legal.AskAbout(t.Context(), r.ID, client.NewQuestion{Question: "access_needs", Note: strings.Repeat("XOCHITL0001Z", 24)})))
	mistake(second(ngo.Send(t.Context(), client.NewSend{Digest: ready.Digest})))
	mistake(second(legal.TakeOver(t.Context(), r.ID, in)))
	mistake(second(ngo.PassOn(t.Context(), r.ID, client.NewPassing{To: "Invented Shelter", Categories: []string{"needs"}})))
	mistake(second(ngo.Send(t.Context(), client.NewSend{Digest: "XOCHITL0001Z"})))
	wrong := newPreview(consent.Case)
	wrong.Records = []client.NewRecord{{Role: "survivor", Fields: map[string]string{"prs_Birthdate": "XOCHITL0001Z", "psd_AgeBand": "XOCHITL0002Z"}}}
	mistake(second(ngo.Preview(t.Context(), wrong)))
	mistake(second(legal.Mark(t.Context(), r.ID, client.NewMark{State: "sent"})))
	mistake(badRequest(t, w, laid, `{"case": {"XOCHITL0001Z": 1}}`))
	mistake(badRequest(t, w, laid, `{"case": "x", "records": [{"role": 7, "fields": "XOCHITL0001Z"}]}`))
	mistake(badRequest(t, w, laid, `XOCHITL0001Z`))

	places := map[string][]byte{"logs": logs.bytes(), "wire": wire.bytes(), "errors": []byte(strings.Join(errorsSeen, "\n"))}
	for name, page := range map[string]string{"hub": w.HubAdmin(), "ngo": w.Admin("ngo"), "legal": w.Admin("legal")} {
		places[name+" metrics"] = fetch(t, page+"/metrics")
	}
	places["api description"] = fetch(t, w.API("ngo")+"/openapi.json")
	maps.Copy(places, filesIn(t, laid.Dir, temp))
	total := 0
	for place, text := range places {
		total += len(text)
		for _, token := range append(tokens, "Invented Advocate", r.Case, kept.Case) {
			if bytes.Contains(text, []byte(token)) {
				t.Errorf("%s holds %s", place, token)
			}
		}
	}
	if len(places["wire"]) < 50_000 || len(tokens) < 200 {
		t.Errorf("%d bytes were heard on the wire for %d tokens: this shows little", len(places["wire"]), len(tokens))
	}
	t.Logf("%d tokens in %d places, %d KiB", len(tokens), len(places), total/1024)
}

// filesIn are all files in some folders, each with its path behind it. Of a town that runs some
// come and go: what is gone when it is to be read was not there.
func filesIn(t *testing.T, dirs ...string) map[string][]byte {
	t.Helper()
	texts := map[string][]byte{}
	for _, dir := range dirs {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if errors.Is(err, fs.ErrNotExist) && path != dir {
				return nil
			}
			if err != nil || !d.Type().IsRegular() {
				return err
			}
			text, err := os.ReadFile(path)
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			texts[path] = append(text, path...)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return texts
}

func second[A any](_ A, err error) error { return err }

// badRequest sends a body no client of ours would write.
func badRequest(t *testing.T, w *town.Town, laid town.Laid, body string) error {
	t.Helper()
	token, err := laid.Token("ngo")
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.API("ngo")+"/v1/referrals/preview", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode < 400 {
		return err
	}
	return fmt.Errorf("%s", text)
}

func fetch(t *testing.T, address string) []byte {
	t.Helper()
	response, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK || len(text) == 0 {
		t.Fatalf("%s: %d, %v", address, response.StatusCode, err)
	}
	return text
}
