using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MailOps.Dns;
using MailOps.Server.Queue.Security;
using MailOps.Tests.Support;
using MailOps.Trust.MtaSts;
using static MailOps.Tests.Support.StandInRecord;

namespace MailOps.Server.Tests.Queue;

/// <summary>
/// The domain <c>far.example</c>, whose exchangers <c>mx1</c> and <c>mx2</c> are one next server on loopback: its zone, signed if it is said
/// to be, its policy for MTA-STS, and certificates for its hosts.
/// </summary>
internal sealed class SecureZone : IAsyncDisposable
{
    private readonly PrivateFolder _folder = new();
    private readonly TestAuthority _authority;
    private readonly ConcurrentDictionary<string, X509Certificate2> _certificates = new(StringComparer.Ordinal);
    private readonly StandInDns _dns;
    private readonly MailResolver _resolver;
    private readonly PolicyHosts _web;
    private readonly MtaStsService _sts;
    private readonly QueueFixture _queue;

    public SecureZone(QueueFixture queue)
    {
        _queue = queue;
        _authority = new TestAuthority("Far Trust", at: queue.Clock.GetUtcNow());
        _dns = new StandInDns(Answer);
        _resolver = new MailResolver(new MailResolverOptions { Server = "127.0.0.1", Port = _dns.Port, UseCache = false, Timeout = TimeSpan.FromSeconds(5), Retries = 0 });
        _web = new PolicyHosts(this);
        _sts = new MtaStsService(_folder.Of("sts"), _resolver, new MtaStsFetcherOptions { Handler = _web, TimeProvider = queue.Clock }, e => queue.Faults.Enqueue(e));
        Next.Certificate = CertificateOf;
        queue.Policies = new ConnectionPolicies(_resolver, _sts.Evaluator, [_authority.Certificate]);
        (queue.Resolver, queue.SmartHost, queue.Port) = (_resolver, null, Next.Port);
    }

    public NextServer Next { get; } = new();

    /// <summary>True if the zone is signed.</summary>
    public bool IsSigned { get; set; }

    /// <summary>Hosts in the order in which they are tried.</summary>
    public string[] Hosts { get; set; } = ["mx1.far.example"];

    /// <summary>Hosts that have a TLSA record, and whether it is that of their certificate.</summary>
    public ConcurrentDictionary<string, bool> Tlsa { get; } = new(StringComparer.Ordinal);

    /// <summary>True if nobody answers questions for TLSA.</summary>
    public bool HidesTlsa { get; set; }

    /// <summary>A host about which nobody answers questions, or null.</summary>
    public string? HidesHost { get; set; }

    /// <summary>The policy, or null.</summary>
    public string? Policy { get; set; }

    /// <summary>What the policy host answers in the place of the policy; null where nobody is there.</summary>
    public Func<HttpResponseMessage?>? PolicyAnswer { get; set; }

    /// <summary>The record that says where reports about TLS are wanted, or null.</summary>
    public string? ReportsTo { get; set; }

    /// <summary>The time around which certificates hold; now by default.</summary>
    public DateTimeOffset? CertifiedAt { get; set; }

    /// <summary>Who issues certificates; the authority that is trusted by default.</summary>
    public TestAuthority? Issuer { get; set; }

    /// <summary>What stands in TLSA records behind their matching type 1; by default usage 3 of a key.</summary>
    public (byte Usage, byte Selector)? TlsaKind { get; set; }

    /// <summary>The names that clients asked certificates for.</summary>
    public ConcurrentQueue<string> Asked { get; } = [];

    /// <summary>The names that a host's certificate is for; its own by default.</summary>
    public string? CertifiedName { get; set; }

    public static string PolicyOf(string mode, string mx) => $"version: STSv1\nmode: {mode}\nmx: {mx}\nmax_age: 86400\n";

    public async ValueTask DisposeAsync()
    {
        await _sts.DisposeAsync();
        _web.Dispose();
        _resolver.Dispose();
        await _dns.DisposeAsync();
        await Next.DisposeAsync();
        _authority.Dispose();
        _folder.Dispose();
    }

    private X509Certificate2 CertificateOf(string name)
    {
        Asked.Enqueue(name);
        name = name.Length > 0 ? name : "no.name.example";
        return _certificates.GetOrAdd(name, _ => Issue(name));
    }

    private X509Certificate2 Issue(string name) => (Issuer ?? _authority).Issue([CertifiedName ?? name], CertifiedAt ?? _queue.Clock.GetUtcNow());

    private StandInReply Answer(StandInQuestion question)
    {
        if ((question.Type == StandInDns.Tlsa && HidesTlsa) || question.Name == HidesHost)
            return StandInReply.ServerFailure;
        StandInRecord[] records = (question.Type, question.Name) switch
        {
            (StandInDns.Mx, "far.example") => [.. Hosts.Select((host, i) => Mx("far.example", (ushort)(10 * (i + 1)), host))],
            (StandInDns.A, "mx1.far.example" or "mx2.far.example") => [Address(question.Name, "127.0.0.1")],
            (StandInDns.Txt, "_mta-sts.far.example") when Policy is not null => [Txt(question.Name, $"v=STSv1; id={Convert.ToHexString(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(Policy)))[..30]};")],
            (StandInDns.Txt, "_smtp._tls.far.example") when ReportsTo is not null => [Txt(question.Name, ReportsTo)],
            (StandInDns.Tlsa, _) when Tlsa.TryGetValue(question.Name[(question.Name.IndexOf("_tcp.", StringComparison.Ordinal) + 5)..], out var isRight) => [Record(question.Name, isRight)],
            _ => [],
        };
        return IsSigned ? StandInReply.Signed(records) : StandInReply.Of(records);
    }

    private StandInRecord Record(string name, bool isRight)
    {
        var host = name[(name.IndexOf("_tcp.", StringComparison.Ordinal) + 5)..];
        var certificate = _certificates.GetOrAdd(host, _ => Issue(host));
        var (usage, selector) = TlsaKind ?? (3, 1);
        return StandInRecord.Tlsa(name, usage, selector, 1, isRight ? SHA256.HashData(certificate.PublicKey.ExportSubjectPublicKeyInfo()) : new byte[32]);
    }

    private sealed class PolicyHosts(SecureZone zone) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            zone.PolicyAnswer is { } answer
                ? Task.FromResult(answer() ?? throw new HttpRequestException("Nobody is there."))
                : Task.FromResult(new HttpResponseMessage { Content = new StringContent(zone.Policy ?? "") });
    }
}
