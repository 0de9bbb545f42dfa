using System.Net.Http.Headers;
using MailOps.Dns;
using MailOps.Maildir;
using MailOps.Server.Queue.Forwarding;
using MailOps.Server.Queue.Routing;
using MailOps.Server.Queue.Signing;
using MailOps.Smtp;
using MailOps.Trust.TlsRpt;

namespace MailOps.Server.Queue.TlsReports;

/// <summary>Takes reports to where domains want them: into the queue, into a mailbox here, or over HTTPS.</summary>
/// <param name="queue">The queue that takes mail.</param>
/// <param name="resolver">Asks for the records.</param>
/// <param name="signing">Signs mail, by the domain of the contact.</param>
/// <param name="find">Whom mail for an address reaches here: nobody if the domain is ours and the address is not known, or null if it is elsewhere.</param>
/// <param name="web">Sends requests; it checks certificates and follows no redirect.</param>
/// <param name="clock">The time.</param>
internal sealed class TlsReportSender(
    MailQueue queue, MailResolver resolver, OutboundSigner signing, Func<string, ValueTask<LocalRecipients?>> find, HttpClient web, TimeProvider clock)
{
    /// <summary>How long a host has for its answer over HTTPS.</summary>
    internal static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(30);

    // How long mail waits for its server (RFC 8460 section 5.5).
    private static readonly TimeSpan MailLifetime = TimeSpan.FromDays(1);

    /// <summary>Where a domain wants reports.</summary>
    /// <param name="domain">The domain.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <returns>The record, null where there is none; a problem where that could not be found out.</returns>
    public async Task<(TlsReportRecord? Record, string? Problem)> RecordAsync(string domain, CancellationToken cancel)
    {
        if (!DnsName.TryParse(domain, out var parsed, out _) || !TlsReportRecord.TryName(parsed, out var name, out _))
            return (null, null);
        var answer = await resolver.TxtAsync(name, cancel);
        if (!answer.IsDefinite)
            return (null, answer.Detail);
        return (TlsReportRecord.TryFind(answer.Records.Select(one => one.Text), out var record, out _) ? record : null, null);
    }

    /// <summary>Sends a report to an address.</summary>
    /// <param name="report">The report.</param>
    /// <param name="address">The address.</param>
    /// <param name="log">Where it is written down what was sent.</param>
    /// <returns>Null if it is on its way, or why it is not.</returns>
    public async Task<string?> MailAsync(TlsReport report, string address, TlsSentLog log)
    {
        try
        {
            var found = await find(address);
            if (found is { IsNobody: true })
                return $"Nobody here has the address {address}.";
            var octets = report.AsMail([address], clock.GetLocalNow());
            await using var delivery = queue.Spool.Begin();
            delivery.Write(octets);
            if (found is { Forwarded.Count: 0 })
            {
                await delivery.CommitAsync(found.Mailboxes, CancellationToken.None);
                await log.SentAsync(report.Domain, address);
                return null;
            }

            var envelope = await EnvelopeAsync(report, found?.Forwarded ?? [new EnvelopeRecipient { Address = address, NextHop = NextHops.Of(address) }], octets);
            // Written down before, so that after a kill it is known whether the queue has it; and after, before it can be sent.
            var id = QueueId.Next(clock);
            await log.BeginAsync(report.Domain, address, id.ToString());
            var entry = await queue.Spool.AddAsync(id, delivery, envelope, clock.GetUtcNow(), 0, found?.Mailboxes ?? [], 0, CancellationToken.None);
            try
            {
                await log.SentAsync(report.Domain, address);
            }
            finally
            {
                queue.Add(entry, envelope);
            }

            return null;
        }
        catch (Exception e) when (e is MailStoreException or IOException or UnauthorizedAccessException)
        {
            return e.Message;
        }
    }

    /// <summary>Posts a report (RFC 8460 section 5.4).</summary>
    /// <param name="report">The report.</param>
    /// <param name="url">Where.</param>
    /// <param name="log">Where it is written down what was sent.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <returns>Null if it was taken, or why it was not.</returns>
    public async Task<string?> PostAsync(TlsReport report, Uri url, TlsSentLog log, CancellationToken cancel)
    {
        using var deadline = new CancellationTokenSource(AnswerTime, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, deadline.Token);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new ByteArrayContent(report.Compressed()) };
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/tlsrpt+gzip");
            using var response = await web.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            if (!response.IsSuccessStatusCode)
                return $"{url.Host} answered {(int)response.StatusCode}.";
            await log.SentAsync(report.Domain, url.AbsoluteUri);
            return null;
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return $"{url.Host} did not answer within {AnswerTime.TotalSeconds:0} s.";
        }
        catch (Exception e) when (e is HttpRequestException or IOException or UnauthorizedAccessException)
        {
            return $"{url.Host} could not be asked: {e.GetBaseException().Message}";
        }
    }

    // From the contact, so that the domain that signs is the one that SPF is asked of; nobody is told of a failure. It goes whatever is
    // wrong with TLS, which is what it may be about (RFC 8460 section 3).
    private async Task<Envelope> EnvelopeAsync(TlsReport report, IReadOnlyList<EnvelopeRecipient> recipients, byte[] octets)
    {
        using var signer = signing.Begin();
        signer?.Take(octets);
        return new Envelope
        {
            Sender = report.Contact,
            Recipients = [.. recipients.Select(recipient => recipient with { Notify = DsnNotify.Never })],
            Expires = clock.GetUtcNow() + MailLifetime,
            IsTlsOptional = true,
            Prepend = signer is null ? null : await signing.SignAsync(signer),
        };
    }
}
