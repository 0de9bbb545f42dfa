using System.Net;
using System.Security.Authentication;
using MailOps.Dns;
using MailOps.Trust.TlsRpt;

namespace MailOps.Trust.MtaSts;

/// <summary>Fetches policies over HTTPS (RFC 8461 section 3.3). Every outcome is a value; only a cancelled token throws.</summary>
public sealed class MtaStsFetcher : IDisposable
{
    private const string Section = "RFC 8461 section 3.3";

    private readonly MtaStsFetcherOptions _options;
    private readonly HttpClient _client;

    /// <summary>A fetcher. Nothing is sent before the first policy is asked for.</summary>
    /// <param name="resolver">Finds the addresses of policy hosts.</param>
    /// <param name="options">How policies are fetched.</param>
    public MtaStsFetcher(MailResolver resolver, MtaStsFetcherOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(options.Timeout, TimeSpan.Zero, nameof(options));
        _options = options;
        _client = new HttpClient(options.Handler ?? TrustedHttps.Handler(resolver, options.Timeout, options.TrustedRoots, options.TimeProvider), disposeHandler: options.Handler is null)
        {
            // The fetch has one deadline of its own, by the clock of the options.
            Timeout = System.Threading.Timeout.InfiniteTimeSpan,
        };
    }

    /// <summary>Fetches a domain's policy from <c>https://mta-sts.DOMAIN/.well-known/mta-sts.txt</c>.</summary>
    /// <param name="domain">The domain of the recipients' addresses.</param>
    /// <param name="cancel">Ends the wait.</param>
    public async Task<MtaStsFetch> FetchAsync(DnsName domain, CancellationToken cancel)
    {
        var host = $"mta-sts.{domain.Ascii}";
        if (!DnsName.TryParse(host, out _, out var error))
            return Failed(host, $"cannot be: {error}");

        using var deadline = new CancellationTokenSource(_options.Timeout, _options.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, deadline.Token);
        try
        {
            var url = new UriBuilder(Uri.UriSchemeHttps, host, _options.Port, "/.well-known/mta-sts.txt").Uri;
            using var request = new HttpRequestMessage(HttpMethod.Get, url);
            using var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token).ConfigureAwait(false);

            if (response.RequestMessage?.RequestUri is { } answered && answered != url)
                return Failed(host, $"was left for {answered}: the handler follows redirects, which it must not.");

            // Redirects come here as what they are, since none is followed.
            if (response.StatusCode != HttpStatusCode.OK)
                return Failed(host, $"answered {(int)response.StatusCode}, where only 200 counts{((int)response.StatusCode is >= 300 and < 400 ? " and no redirect is followed" : "")}.");

            // Keeps out what users of a web server put there as pages or pictures (section 3.2).
            if (!string.Equals(response.Content.Headers.ContentType?.MediaType, "text/plain", StringComparison.OrdinalIgnoreCase))
                return Failed(host, $"served the policy as {VersionedText.Show(response.Content.Headers.ContentType?.MediaType ?? "nothing in particular")}, not as text/plain.", "RFC 8461 section 3.2", TlsFault.StsPolicyInvalid);

            var body = await ReadAsync(response.Content, either.Token).ConfigureAwait(false);
            if (body is null)
                return Failed(host, $"served more than {MtaStsPolicy.MaxOctets} octets.", fault: TlsFault.StsPolicyInvalid);
            return MtaStsPolicy.TryParse(body, out var policy, out error)
                ? new MtaStsFetch(policy, $"The policy was fetched from {host}.", Section)
                : Failed(host, $"served a policy that cannot be read: {error}", "RFC 8461 section 3.2", TlsFault.StsPolicyInvalid);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return Failed(host, $"served no policy within {_options.Timeout.TotalSeconds:0.###} s.");
        }
        catch (Exception e) when (e is HttpRequestException or IOException or UriFormatException)
        {
            cancel.ThrowIfCancellationRequested();
            return Failed(host, $"could not be asked: {Innermost(e)}", fault: IsOfCertificate(e) ? TlsFault.StsWebPkiInvalid : TlsFault.StsPolicyFetchError);
        }
    }

    /// <summary>Gives back the connections.</summary>
    public void Dispose() => _client.Dispose();

    private static MtaStsFetch Failed(string host, string what, string source = Section, TlsFault fault = TlsFault.StsPolicyFetchError) =>
        new(null, $"The policy host {host} {what}", source) { Fault = fault };

    private static bool IsOfCertificate(Exception? e) => e is AuthenticationException || (e is not null && IsOfCertificate(e.InnerException));

    private static string Innermost(Exception e)
    {
        for (; e.InnerException is { } inner; e = inner)
        {
            if (e is AuthenticationException)
                break;
        }

        return e.Message;
    }

    // Null for a body that is too large, whatever length was announced.
    private static async Task<byte[]?> ReadAsync(HttpContent content, CancellationToken cancel)
    {
        using var body = new MemoryStream();
        var stream = await content.ReadAsStreamAsync(cancel).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            var buffer = new byte[8192];
            while (await stream.ReadAsync(buffer, cancel).ConfigureAwait(false) is > 0 and var read)
            {
                if (body.Length + read > MtaStsPolicy.MaxOctets)
                    return null;
                body.Write(buffer, 0, read);
            }
        }

        return body.ToArray();
    }
}
