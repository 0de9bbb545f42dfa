using System.Collections.Immutable;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MailOps.Client.Probes.Hello;
using MailOps.Dns;
using MailOps.Wire;

namespace MailOps.Client.Probes;

/// <summary>
/// Looks at the TLS of a mail server's port as a client sees it, and says what is wrong with it. It sends no mail and
/// logs in nowhere. What could not be seen is Blocked or Unknown, never Fail.
/// </summary>
public sealed class TlsProbe(TlsProbeOptions options)
{
    /// <summary>Probes one port. Only a cancelled token throws.</summary>
    /// <exception cref="ArgumentException">The target has no TLS mode, or a port out of range.</exception>
    public async Task<MailTlsReport> RunAsync(TlsTarget target, CancellationToken cancel)
    {
        if (target.Tls == TlsMode.None || target.Port is < 1 or > 65535)
            throw new ArgumentException("A TLS probe needs StartTls or Implicit, and a port from 1 to 65535.", nameof(target));

        var began = options.TimeProvider.GetUtcNow();
        var watch = options.TimeProvider.GetTimestamp();
        var report = target.Server.Trim() is "." or ""
            ? NullMx(target, began)
            : await ProbeAsync(target, began, cancel).ConfigureAwait(false);
        var verdict = Verdict.Over(report.Findings);
        return report with { Verdict = verdict.Status, Reasons = verdict.Reasons, Duration = options.TimeProvider.GetElapsedTime(watch) };
    }

    private async Task<MailTlsReport> ProbeAsync(TlsTarget target, DateTimeOffset began, CancellationToken cancel)
    {
        var findings = new List<Finding>();
        var serverName = NameOf(target);
        var report = Blank(target, began) with { ServerName = serverName, Findings = findings };
        await using var opened = await ProbeConnection.OpenAsync(target, null, options, cancel).ConfigureAwait(false);
        if (opened.Connection is not { } connection)
        {
            findings.Add(opened.Stop!);
            return report;
        }

        report = report with { Address = opened.Remote!.ToString() };
        if (target.Tls == TlsMode.StartTls && !await StartTlsAsync(target, opened, findings, cancel).ConfigureAwait(false))
            return report;

        var handshake = await TlsHandshake.RunAsync(connection, serverName, options, cancel).ConfigureAwait(false);
        // One connection at a time: servers that allow a client no more than one would hold up the rest.
        await opened.DisposeAsync().ConfigureAwait(false);
        var answers = await new TlsVersionScan(target, opened.Remote, serverName, options).RunAsync(cancel).ConfigureAwait(false);
        var speaksTls = handshake.Facts is not null || answers.Any(a => a.Answer.Kind is HelloAnswerKind.ServerHello or HelloAnswerKind.HelloRetryRequest);
        var versions = answers.Select(a => Reconcile(TlsVersionScan.Facts(a.Version, a.Answer, speaksTls), handshake)).ToImmutableArray();
        if (!speaksTls)
        {
            findings.Add(NoHandshake(handshake, answers));
            return report with { Versions = versions };
        }

        report = Settled(report, handshake, answers, versions);
        findings.Add(HandshakeFinding(report, handshake));
        findings.AddRange(TlsReview.Versions(target.Protocol, versions));
        if (report.CipherSuite is { } suite)
            findings.Add(TlsReview.CipherSuite(suite));
        if (TlsReview.KeyExchange(answers.Where(a => a.Answer.DiffieHellmanBits is not null).Select(a => (TlsNames.Version(a.Version), a.Answer.DiffieHellmanBits!.Value))) is { } weak)
            findings.Add(weak);
        report = AddCertificates(report, serverName, Certificates(handshake, answers), findings);
        if (target.Tls == TlsMode.StartTls && handshake.Facts is not null)
            findings.Add(await new StartTlsInjection(target, opened.Remote, serverName, options).RunAsync(cancel).ConfigureAwait(false));
        return report;
    }

    private async Task<bool> StartTlsAsync(TlsTarget target, ProbeConnection opened, List<Finding> findings, CancellationToken cancel)
    {
        var outcome = await StartTlsDialogue.ReachAsync(new ProbeLines(opened.Connection!, options, cancel), target.Protocol, opened.Local).ConfigureAwait(false);
        if (outcome.Stop is { } stop)
        {
            findings.Add(stop);
            return false;
        }

        if (opened.Connection!.HasBufferedInput)
            findings.Add(new Finding { Check = "StartTls", Status = FindingStatus.Fail, Message = "The server sends more in the clear behind its answer to STARTTLS: that is not TLS.", Evidence = outcome.Offer, Source = "RFC 3207 section 4" });
        else
            findings.Add(new Finding { Check = "StartTls", Status = FindingStatus.Pass, Message = "The server offers STARTTLS and begins it.", Evidence = outcome.Offer, Source = "RFC 3207 section 4" });
        if (outcome.PlaintextLogin is { } login && target.Protocol != MailProtocol.Smtp)
            findings.Add(new Finding { Check = "PlaintextLogin", Status = FindingStatus.Warning, Message = "The server offers a plaintext login before TLS: a client that is set up wrongly gives its password away.", Evidence = login, Source = "RFC 8314 section 4.1, RFC 4954 section 4" });
        return true;
    }

    private static MailTlsReport Settled(MailTlsReport report, TlsHandshake handshake, ImmutableArray<(HelloVersion Version, HelloAnswer Answer)> answers, ImmutableArray<TlsVersionFacts> versions)
    {
        var best = versions.LastOrDefault(v => v.Taken == true);
        var version = handshake.Facts?.Version ?? best?.Version;
        var same = versions.FirstOrDefault(v => v.Version == version);
        return report with
        {
            Version = version,
            CipherSuite = handshake.Facts?.CipherSuite.ToString() ?? best?.CipherSuite,
            KeyExchangeGroup = same?.KeyExchangeGroup,
            VersionsTaken = [.. versions.Where(v => v.Taken == true).Select(v => v.Version)],
            Versions = versions,
        };
    }

    // The handshake of this machine's library is proof of a version whatever the scan met.
    private static TlsVersionFacts Reconcile(TlsVersionFacts facts, TlsHandshake handshake) =>
        handshake.Facts is { } settled && settled.Version == facts.Version && facts.Taken != true
            ? facts with { Taken = true, CipherSuite = settled.CipherSuite.ToString(), Evidence = $"a whole handshake; the single hello met: {facts.Evidence}" }
            : facts;

    private static Finding HandshakeFinding(MailTlsReport report, TlsHandshake handshake) => handshake.Facts is not null
        ? new Finding { Check = "Handshake", Status = FindingStatus.Pass, Message = $"TLS was negotiated: {report.Version}, {report.CipherSuite}.", Evidence = report.KeyExchangeGroup ?? "", Source = "RFC 8314 section 3" }
        : new Finding { Check = "Handshake", Status = FindingStatus.Unknown, Message = $"The server takes {string.Join(", ", report.VersionsTaken.DefaultIfEmpty("no version"))}, but this machine's TLS library did not come to an end with it: its own rules may be stricter.", Evidence = handshake.Failure ?? "" };

    private static Finding NoHandshake(TlsHandshake handshake, ImmutableArray<(HelloVersion Version, HelloAnswer Answer)> answers)
    {
        var seen = string.Join("; ", answers.Select(a => $"{TlsNames.Version(a.Version)}: {a.Answer.Evidence}"));
        if (answers.FirstOrDefault(a => a.Answer.Kind == HelloAnswerKind.NotTls).Answer is { } odd)
            return new Finding { Check = "Handshake", Status = FindingStatus.Fail, Message = $"The server answers a ClientHello with {odd.Evidence}. If it greets in the clear, probe it with StartTls.", Evidence = seen, Source = "RFC 8446 section 5.1" };
        return answers.Any(a => a.Answer.Kind == HelloAnswerKind.Alert)
            ? new Finding { Check = "Handshake", Status = FindingStatus.Fail, Message = "The server refuses every version of TLS from SSLv3 to TLSv1.3.", Evidence = seen, Source = "RFC 9325 section 3.1.1" }
            : new Finding { Check = "Handshake", Status = FindingStatus.Blocked, Message = $"No handshake could be had: {handshake.Failure}", Evidence = seen };
    }

    // From the whole handshake if there was one; else from the newest version that showed them in the clear.
    private static ImmutableArray<byte[]> Certificates(TlsHandshake handshake, ImmutableArray<(HelloVersion Version, HelloAnswer Answer)> answers) =>
        !handshake.Certificates.IsEmpty ? handshake.Certificates : answers.LastOrDefault(a => !a.Answer.Certificates.IsEmpty).Answer?.Certificates ?? [];

    private MailTlsReport AddCertificates(MailTlsReport report, string? serverName, ImmutableArray<byte[]> raw, List<Finding> findings)
    {
        var presented = new List<X509Certificate2>();
        try
        {
            foreach (var der in raw)
                presented.Add(X509CertificateLoader.LoadCertificate(der));
            if (presented.Count == 0)
            {
                findings.Add(new Finding { Check = "Certificate", Status = FindingStatus.Unknown, Message = "The server's certificate could not be seen.", Source = "RFC 8446 section 4.4.2" });
                return report;
            }

            var facts = presented.ConvertAll(c => CertificateFacts.Of(c, options.TimeProvider.GetUtcNow()));
            var target = new TlsTarget(report.Server, report.Port, report.Protocol, report.Tls, serverName);
            var (found, trusted) = new CertificateReview(report.Protocol, target, serverName, options).Review(presented, facts);
            findings.AddRange(found);
            return report with { Certificate = facts[0], Chain = facts, IsTrusted = trusted };
        }
        catch (CryptographicException e)
        {
            findings.Add(new Finding { Check = "Certificate", Status = FindingStatus.Fail, Message = $"Certificate {presented.Count + 1} of the chain cannot be read: {e.Message}", Evidence = Convert.ToHexString(raw[Math.Min(presented.Count, raw.Length - 1)].AsSpan(0, Math.Min(16, raw[Math.Min(presented.Count, raw.Length - 1)].Length))), Source = "RFC 5280 section 4.1" });
            return report;
        }
        finally
        {
            presented.ForEach(c => c.Dispose());
        }
    }

    private static MailTlsReport NullMx(TlsTarget target, DateTimeOffset began) => Blank(target, began) with
    {
        Findings = [new Finding { Check = "Connection", Status = FindingStatus.Unknown, Message = "There is no server to test: the domain says that it takes no mail (null MX).", Evidence = "MX 0 .", Source = "RFC 7505 section 3" }],
    };

    private static MailTlsReport Blank(TlsTarget target, DateTimeOffset began) => new()
    {
        Server = target.Server,
        Port = target.Port,
        Protocol = target.Protocol,
        Tls = target.Tls,
        Verdict = FindingStatus.Unknown,
        Reasons = [],
        Findings = [],
        Time = began,
        Duration = TimeSpan.Zero,
    };

    // SNI carries no addresses (RFC 6066 section 3).
    private static string? NameOf(TlsTarget target)
    {
        var name = string.IsNullOrWhiteSpace(target.ServerName) ? target.Server : target.ServerName;
        return !IPAddress.TryParse(name.Trim('[', ']'), out _) && DnsName.TryParse(name, out var dns, out _) ? dns.Ascii : null;
    }
}
