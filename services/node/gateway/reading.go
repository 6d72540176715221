package gateway

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"net/http"
	"os"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/posada-exchange/posada/pkg/fault"
)

// maxDepth is how many objects and lists may stand in each other; what the API takes has six.
const maxDepth = 32

// reading lets through bodies that every reader of JSON takes for the same thing: UTF-8, each
// name of an object once, nothing behind it. Of two members of one name readers take the
// first or the last, and what one of them checked another would carry out.
func reading(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet || r.Method == http.MethodHead || r.ContentLength == 0 {
			next.ServeHTTP(w, r)
			return
		}
		text, refused := written(r)
		if refused != nil {
			refused.ServeHTTP(w, r)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(text))
		next.ServeHTTP(w, r)
	})
}

// written reads a request's body, or says how to refuse it. It quotes nothing of it.
func written(r *http.Request) (text []byte, refused http.Handler) {
	if !isJSON(r.Header) {
		return nil, refuse(http.StatusUnsupportedMediaType, fault.WrongContentType)
	}
	text, err := io.ReadAll(r.Body) // shell sees to it that it ends
	_, over := errors.AsType[*http.MaxBytesError](err)
	switch {
	case over:
		return nil, refuse(http.StatusRequestEntityTooLarge, fault.BodyTooLarge, "most", strconv.Itoa(maxBody>>10))
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, refuse(http.StatusRequestTimeout, fault.BodyBrokenOff)
	case err != nil:
		return nil, refuse(http.StatusBadRequest, fault.BodyBrokenOff)
	case !wellFormed(text):
		return nil, refuse(http.StatusBadRequest, fault.BodyNotJSON, "most", strconv.Itoa(maxDepth))
	}
	return text, nil
}

// isJSON reports whether a body says that it is JSON, in UTF-8 and not compressed.
func isJSON(h http.Header) bool {
	kind, parameters, err := mime.ParseMediaType(h.Get("Content-Type"))
	charset, said := parameters["charset"]
	coding := h.Get("Content-Encoding")
	return err == nil && kind == "application/json" && (!said || strings.EqualFold(charset, "utf-8")) && (coding == "" || strings.EqualFold(coding, "identity"))
}

// wellFormed reports whether text is one JSON value as RFC 7493 (I-JSON) has it, and not deep.
func wellFormed(text []byte) bool {
	d := jsontext.NewDecoder(bytes.NewReader(text))
	for {
		if _, err := d.ReadToken(); err != nil || d.StackDepth() > maxDepth {
			return false
		}
		if d.StackDepth() == 0 {
			_, err := d.ReadToken()
			return errors.Is(err, io.EOF)
		}
	}
}
