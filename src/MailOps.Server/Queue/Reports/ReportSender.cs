using System.Buffers;
using MailOps.Maildir;
using MailOps.Server.Queue.Forwarding;
using MailOps.Server.Queue.Signing;
using MailOps.Server.Queue.Spooling;
using MailOps.Smtp;
using MailOps.Trust.Dkim;
using MailOps.Wire;
using MimeKit;

namespace MailOps.Server.Queue.Reports;

/// <summary>Makes reports durable: in the mailbox of a sender who has one here, or in the queue.</summary>
/// <param name="spool">Where messages are kept.</param>
/// <param name="hostName">This server's name.</param>
/// <param name="options">Times and limits.</param>
/// <param name="clock">The time.</param>
/// <param name="find">Whom mail for an address reaches here: nobody if the domain is ours and the address is not known, or null if it is elsewhere.</param>
/// <param name="signing">Signs reports to elsewhere, as mail of this server's name.</param>
/// <param name="templates">The words in other languages; null for our own.</param>
internal sealed class ReportSender(Spool spool, string hostName, QueueOptions options, TimeProvider clock, Func<string, ValueTask<LocalRecipients?>> find, OutboundSigner signing, ReportTemplates? templates = null)
{
    private const int PieceLength = 64 * 1024;

    /// <summary>Makes a report about a message.</summary>
    /// <param name="id">The report's own id.</param>
    /// <param name="message">The message.</param>
    /// <param name="plan">What is said, of whom.</param>
    /// <returns>Where it is.</returns>
    /// <exception cref="MailStoreException">It is not durable.</exception>
    public async Task<SentReport> SendAsync(QueueId id, SpooledMessage message, ReportPlan plan)
    {
        var sender = message.Envelope.Sender;
        var found = await find(sender);
        if (found is { IsNobody: true })
            return SentReport.Nowhere;

        await using var delivery = spool.Begin();
        using var signer = found is { Forwarded.Count: 0 } ? null : signing.Begin();
        var messageId = await WriteAsync(id, delivery, message, plan, signer);
        var accounts = found?.Mailboxes.Select(target => target.Account).ToList() ?? [];
        if (found is { Forwarded.Count: 0 })
        {
            await delivery.CommitAsync(found.Mailboxes, CancellationToken.None);
            return new SentReport { MessageId = messageId, Size = delivery.Length, Accounts = accounts };
        }

        var envelope = Envelope.OfReport(sender, message.Envelope.Body, message.Envelope.IsUtf8, message.Envelope.RequiresTls);
        envelope = envelope with
        {
            Recipients = found?.Forwarded ?? envelope.Recipients,
            Expires = clock.GetUtcNow() + options.Lifetime,
            Prepend = signer is null ? null : await signing.SignAsync(signer),
            MessageId = messageId,
        };
        // As urgent as what it tells of (RFC 6710 section 4.6).
        var entry = await spool.AddAsync(id, delivery, envelope, clock.GetUtcNow(), message.Entry.Priority, found?.Mailboxes ?? [], 0, CancellationToken.None);
        return new SentReport { MessageId = messageId, Size = entry.Size, Entry = entry, Envelope = envelope, Accounts = accounts };
    }

    private async Task<string> WriteAsync(QueueId id, MaildirDelivery delivery, SpooledMessage message, ReportPlan plan, DkimSigner? signer)
    {
        var envelope = message.Envelope;
        var isFull = plan.Action is DeliveryAction.Failed && envelope.Return switch
        {
            // What may not be read on its way is not sent where that cannot be seen to (RFC 8689 section 5).
            _ when envelope.RequiresTls => false,
            // A report is text, and octets of any kind would go on as that.
            _ when envelope.Body is MessageBody.Binary => false,
            DsnReturn.Full => true,
            DsnReturn.Headers => false,
            _ => message.Content.Length <= options.MostReturned,
        };
        HeaderList? header = null;
        var template = templates?.For(plan.Action, () => header = SpooledHeader.Of(message));
        var report = new StatusReport
        {
            HostName = hostName,
            Id = message.Entry.Id.ToString(),
            ReportId = id.ToString(),
            To = envelope.Sender,
            Date = clock.GetLocalNow(),
            Arrived = TimeZoneInfo.ConvertTime(message.Entry.Id.Arrived, clock.LocalTimeZone),
            EnvelopeId = envelope.EnvelopeId,
            HoldRequest = envelope.HoldRequest,
            DeliverBy = envelope.DeliverBy is { } by ? TimeZoneInfo.ConvertTime(by.Time, clock.LocalTimeZone) : null,
            Recipients = [.. plan.Recipients.Select(recipient => StatusOf(recipient, plan.Action, envelope))],
            Template = template,
            Subject = header?[HeaderId.Subject],
            IsUtf8 = envelope.IsUtf8,
            IsFull = isFull,
            IsEightBit = envelope.Body is not MessageBody.SevenBit || envelope.IsUtf8,
        };
        Write(report.Begin());
        await CopyAsync(message.Content, isFull, Write, delivery.DrainAsync);
        Write(report.End());
        return report.MessageId;

        void Write(ReadOnlySpan<byte> octets)
        {
            delivery.Write(octets);
            signer?.Take(octets);
        }
    }

    private DeliveryStatus StatusOf(RecipientState recipient, DeliveryAction action, Envelope envelope)
    {
        var last = recipient.Last;
        var isPositive = action is DeliveryAction.Relayed;
        var isLate = envelope.DeliverBy is { } by && by.IsLate(clock.GetUtcNow());
        return new DeliveryStatus
        {
            Recipient = recipient.Recipient.Address,
            Original = recipient.Recipient.Original,
            Action = action,
            Status = isPositive ? "2.0.0" : action is DeliveryAction.Delayed && isLate ? "4.4.7" : StatusOf(last?.Reply, action),
            Diagnostic = isPositive ? null : last?.Reply,
            RemoteHost = last?.Host,
            LastAttempt = last is null ? null : TimeZoneInfo.ConvertTime(last.Time, clock.LocalTimeZone),
            Until = action is DeliveryAction.Delayed ? TimeZoneInfo.ConvertTime(envelope.Expires, clock.LocalTimeZone) : null,
        };
    }

    // What was tried until it expired failed for good, though its last answer was not (RFC 3463 section 3.5: 5.4.7).
    private static string StatusOf(string? reply, DeliveryAction action)
    {
        var isDelayed = action is DeliveryAction.Delayed;
        var enhanced = reply is [_, _, _, ' ', ..] && EnhancedStatusCode.TryParse(reply.AsSpan(4), out var code) ? code : (EnhancedStatusCode?)null;
        if (!isDelayed && reply is ['4', ..])
            return "5.4.7";
        return (enhanced ?? new EnhancedStatusCode(isDelayed ? (byte)4 : (byte)5, 0, 0)).ToString();
    }

    private static async Task CopyAsync(MessageBlob content, bool isFull, DotStuffedDecoder.Sink write, Func<ValueTask> drain)
    {
        var piece = ArrayPool<byte>.Shared.Rent(PieceLength);
        try
        {
            var tail = 0;
            for (long at = 0; await content.ReadAsync(piece.AsMemory(tail, PieceLength - tail), at, CancellationToken.None) is > 0 and var count; at += count)
            {
                // The header's end may lie across two pieces: the last three octets of one stay before the next.
                var there = piece.AsSpan(0, tail + count);
                var end = isFull ? -1 : there.IndexOf("\r\n\r\n"u8);
                write(there[tail..(end < 0 ? there.Length : end + 4)]);
                if (end >= 0)
                    return;
                await drain();
                var last = Math.Min(3, tail + count);
                piece.AsSpan(tail + count - last, last).CopyTo(piece);
                tail = last;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(piece);
        }
    }
}
