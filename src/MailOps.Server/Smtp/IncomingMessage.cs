using System.Text;
using MailOps.Maildir;
using MailOps.Server.Connections;
using MailOps.Server.Connections.Faults;
using MailOps.Server.Queue;
using MailOps.Smtp;
using MailOps.Trust.Arc;
using MailOps.Trust.Dkim;

namespace MailOps.Server.Smtp;

/// <summary>The message of the transaction under way, from its trace lines to its commit. Knows nothing of how its octets are framed.</summary>
internal sealed class IncomingMessage(SmtpSession session) : IAsyncDisposable
{
    private readonly IDelivery _delivery = session.Store.BeginDelivery();
    private readonly QueueId? _queueId = session.LeavesHere ? QueueId.Next(session.Connection.Clock) : null;
    private readonly HeaderCopy? _header = session.WantsReport ? new HeaderCopy() : null;
    private readonly FromFields? _from = SenderRights.LooksAtFrom(session) ? new FromFields() : null;

    // A hook is asked about what the client sent, without our own lines.
    private readonly SentMessage? _sent = session.Options.Hooks is { HearsMessages: true } ? new SentMessage() : null;

    private readonly TrackedFields _tracked = new();
    private readonly long _begun = session.Connection.Clock.GetTimestamp();

    private string _id = "";
    private IReadOnlyList<string> _destinations = [];
    private Messages.SubmissionHeader? _submitted;
    private DkimSigner? _signer;
    private ArcMessage? _sealed;
    private TraceFields _trace;
    private int _deliveryLines;

    /// <summary>Octets that the client sent so far.</summary>
    public long Size { get; private set; }

    /// <summary>Why the message will not be delivered, whatever else comes; null while all is well.</summary>
    public DataOutcome? Fault { get; private set; }

    /// <summary>True if the octets so far, and so many more, are more than the server takes.</summary>
    public bool Exceeds(long more) => more > session.Options.MaxMessageSize - Size;

    /// <summary>Writes the trace lines. To be called once, before the first octet.</summary>
    public void Begin()
    {
        // What goes to other servers is known by its name in the queue.
        _id = _queueId?.ToString() ?? session.NextMessageId();
        Store(Encoding.UTF8.GetBytes(TraceHeader.Delivery(session)));
        _deliveryLines = (int)_delivery.Length;
        // What is only passed on is not vouched for.
        _signer = session.LeavesHere ? session.Outbound?.Signer.Begin() : null;
        _sealed = session.Recipients.Exists(recipient => recipient.IsForwarded) ? session.Queue?.Signer.BeginSealing() : null;
        Store(Encoding.UTF8.GetBytes(TraceHeader.Received(session, _id)));
        if (session.Options.Role is SmtpRole.Submission)
            _submitted = new Messages.SubmissionHeader(Keep, Store, octets => _sent?.Drop(octets), TraceHeader.Date(session.Connection), $"{_id}.{Guid.NewGuid():N}@{session.Options.HostName}");
    }

    /// <summary>Takes octets of the message. After a fault they are counted and dropped.</summary>
    public void Take(ReadOnlySpan<byte> octets)
    {
        if (Exceeds(octets.Length))
            Refuse(DataOutcome.TooLarge);
        // Behind our own lines it would go on with the last of them, Received: such a message has no header (Postfix does the same).
        if (Size == 0 && _submitted is null && octets is [(byte)' ' or (byte)'\t', ..])
            Store("\r\n"u8);
        Size += octets.Length;
        _trace.Take(octets);
        if (_trace.Hops > session.Options.MaxHops)
            Refuse(DataOutcome.Loop);
        _header?.Take(octets);
        _from?.Take(octets);
        if (_submitted is not null)
            _submitted.Take(octets);
        else
            Keep(octets);
    }

    /// <summary>Gives the message up; the first reason stays.</summary>
    public void Refuse(DataOutcome reason) => Fault ??= reason;

    /// <inheritdoc cref="IDelivery.DrainAsync"/>
    public async ValueTask DrainAsync()
    {
        if (Fault is not null)
            return;

        try
        {
            await _delivery.DrainAsync();
        }
        catch (MailStoreException e)
        {
            Fail(e);
        }
    }

    /// <summary>Delivers the message if all of it was taken, and says how it ended: once, or over LMTP for each recipient. Where the end of the data is in doubt the session ends too.</summary>
    public async ValueTask<SmtpReply[]> FinishAsync(DataOutcome outcome, CancellationToken cancel)
    {
        // What follows must then not be taken for commands.
        if (outcome is DataOutcome.BareLineEnd or DataOutcome.Nul)
            session.EndAs(ConnectionEnd.Dropped);
        else if (outcome is DataOutcome.Disconnected)
            session.EndAs(ConnectionEnd.ClosedByPeer);
        else if (outcome is DataOutcome.TimedOut)
            session.EndAs(ConnectionEnd.TimedOut);
        else if (outcome is DataOutcome.Stopped)
            session.EndAs(session.Connection.Interruption ?? ConnectionEnd.Dropped);

        if (outcome is DataOutcome.Complete)
        {
            _submitted?.End();
            _tracked.End();
            outcome = Fault ?? DataOutcome.Complete;
        }

        if (outcome is DataOutcome.Complete)
        {
            var loops = DeliveryLoops.Refusals(session, _trace.End());
            // Over SMTP there is one answer for all: the message is delivered to all or to none.
            if (session.Options.Role is not SmtpRole.Lmtp && loops?.FirstOrDefault(loop => loop is not null) is { } refused)
                return [refused];
            if (loops is not null && Array.TrueForAll(loops, loop => loop is not null))
                return loops!;

            if (session.DeliverBy?.IsOver(session.Connection.Clock.GetUtcNow()) is true)
                return session.ForAll(SmtpReplies.DeliveryTimeExpired);
            if (await PlayAsync() is { } given)
                return session.ForAll(given);
            if (await RefusalAsync(cancel) is { } refusal)
                return session.ForAll(refusal);
            return session.Options.Role is SmtpRole.Lmtp ? await LmtpDelivery.CommitAsync(session, _delivery, _id, new LmtpWays(Accept, _queueId is { } id ? (recipients, targets) => AddToQueueAsync(id, recipients, targets, cancel) : null), loops, cancel) : [await CommitAsync(cancel)];
        }

        return session.ForAll(outcome switch
        {
            DataOutcome.TooLarge => SmtpReplies.TooLarge(session.Options.MaxMessageSize),
            DataOutcome.StorageFull => SmtpReplies.StorageFull,
            DataOutcome.Loop => new SmtpReply(554, new EnhancedStatusCode(5, 4, 6), $"Too many hops: the message has more than {session.Options.MaxHops} Received fields, it goes round in a loop"),
            DataOutcome.BareLineEnd => new SmtpReply(521, new EnhancedStatusCode(5, 6, 0), "Bare CR or LF received; lines must end with CRLF (RFC 5321 section 2.3.8), closing connection"),
            DataOutcome.Nul => new SmtpReply(521, new EnhancedStatusCode(5, 6, 0), "NUL received; a message may not hold one, closing connection"),
            DataOutcome.TimedOut => SmtpReplies.TimedOut,
            DataOutcome.Stopped => SmtpReplies.Stopped(session.Connection.Interruption),
            _ => SmtpReplies.LocalError,
        });
    }

    /// <summary>Plays a fault that is set for messages that have come.</summary>
    /// <returns>The answer that was set, or null to go on.</returns>
    private async ValueTask<SmtpReply?> PlayAsync()
    {
        if (session.Connection.Faults?.At(session.Connection, FaultRule.Message, "") is not { } act)
            return null;
        switch (await FaultPlayer.PlayAsync(session.Connection, act))
        {
            case FaultEffect.GoOn:
                return null;

            case FaultEffect.Reply:
                var given = GivenReply.Parse(act.Reply);
                if (given.Code == 421)
                    session.EndAs(ConnectionEnd.Dropped);
                return given;

            default:
                throw new IOException("A fault that is set on the server ended the connection.");
        }
    }

    /// <summary>What was not committed leaves nothing.</summary>
    public ValueTask DisposeAsync()
    {
        _signer?.Dispose();
        _sealed?.Dispose();
        return _delivery.DisposeAsync();
    }

    private async ValueTask<SmtpReply?> RefusalAsync(CancellationToken cancel) =>
        _from is not null && await SenderRights.RefusalAsync(session, _from, cancel) is { } refusal
            ? refusal
            : await Hooks.RefusalAsync(session, _sent is null ? null : () => _sent.Open(_delivery.OpenWritten()), cancel);

    private async ValueTask<SmtpReply> CommitAsync(CancellationToken cancel)
    {
        // However many addresses lead to an account, it gets one copy.
        var targets = session.Recipients.SelectMany(recipient => recipient.Addressees).Select(addressee => addressee.Account).Distinct(StringComparer.Ordinal)
            .Select(account => new DeliveryTarget(account)).ToArray();
        try
        {
            if (_queueId is { } id)
                await AddToQueueAsync(id, session.Recipients, targets, cancel);
            else
                await _delivery.CommitAsync(targets, cancel);
        }
        catch (MailStoreException e)
        {
            session.Connection.Publish(new SessionFaulted { Exception = e });
            return SmtpReplies.NotStored(e.Fault, session.Options);
        }
        catch (TooManyHeldException e)
        {
            return SmtpReplies.HeldEnough(e.Account, e.Limit);
        }

        Accept(session.Recipients, [.. targets.Select(target => target.Account)]);
        if (_header is not null)
            await DeliveryReports.DeliverAsync(session, _id, _header, cancel);
        return new SmtpReply(250, new EnhancedStatusCode(2, 0, 0), $"Ok: queued as {_id}");
    }

    private void Accept(IReadOnlyList<SmtpRecipient> recipients, IReadOnlyList<string> accounts)
    {
        session.CountMessage();
        session.Connection.Publish(AcceptedAs(recipients, accounts));
        foreach (var recipient in recipients.Where(recipient => recipient.IsForwarded))
            session.Connection.Publish(new MessageForwarded { MessageId = _id, Sender = session.Sender.GetValueOrDefault().ToString(), Recipient = recipient.Path.ToString(), Targets = [.. recipient.Onward.Select(one => one.Address)] });
    }

    private MessageAccepted AcceptedAs(IReadOnlyList<SmtpRecipient> recipients, IReadOnlyList<string> accounts) => new()
    {
        MessageId = _id,
        Sender = session.Sender.GetValueOrDefault().ToString(),
        Recipients = [.. recipients.Select(recipient => recipient.Path.ToString())],
        Size = _delivery.Length,
        Accounts = accounts,
        Login = session.Account,
        InternetMessageId = _tracked.MessageId,
        Subject = _tracked.Subject,
        Expansions = [.. recipients.Where(recipient => recipient.IsExpanded).Select(recipient => (recipient.Path.ToString(), recipient.Reached))],
        Destinations = _destinations,
        ClientName = session.ClientName,
        Listener = session.Connection.Local?.ToString(),
        Took = session.Connection.Clock.GetElapsedTime(_begun),
    };

    // Those who have a mailbox here get it in the same step.
    private async ValueTask AddToQueueAsync(QueueId id, IReadOnlyList<SmtpRecipient> recipients, IReadOnlyList<DeliveryTarget> targets, CancellationToken cancel)
    {
        var outbound = session.Queue ?? throw OutboundMail.IsClosed();
        var parameters = session.Parameters;
        // One copy for each, and whom the sender named himself gets it as such.
        EnvelopeRecipient[] onward = [.. recipients.SelectMany(recipient => recipient.ForQueue()).OrderBy(recipient => recipient.Via is not null).DistinctBy(recipient => recipient.Address, StringComparer.Ordinal)];
        var envelope = new Envelope
        {
            Sender = session.Sender.GetValueOrDefault().ToString(),
            Recipients = onward,
            Expires = default,
            HeldUntil = parameters.Hold?.ReleaseOf(session.Connection.Clock.GetUtcNow()),
            HoldRequest = parameters.Hold?.Request,
            DeliverBy = session.DeliverBy,
            EnvelopeId = parameters.EnvelopeId,
            Return = parameters.Return,
            Body = parameters.Body,
            IsUtf8 = parameters.IsUtf8,
            RequiresTls = parameters.RequiresTls,
            IsTlsOptional = !parameters.RequiresTls && _trace.IsTlsOptional,
            Prepend = _signer is not null && await SenderRights.MayBeSignedAsync(session, _signer.AuthorAddress(), cancel) ? await outbound.Signer.SignAsync(_signer) : null,
            Seals = _sealed is null ? null : await outbound.SealAsync(_sealed, onward, session.Options.HostName, session.Connection.Remote?.Address, session.Account, cancel),
            MessageId = _tracked.MessageId,
            Subject = _tracked.Subject,
            Login = session.Account,
            Client = session.Connection.Remote?.Address.ToString(),
        };
        _destinations = await outbound.AddAsync(id, _delivery, envelope, session.Priority, targets, _deliveryLines, cancel);
    }

    private void Keep(ReadOnlySpan<byte> octets)
    {
        _sent?.Keep(_delivery.Length, octets.Length);
        Store(octets);
    }

    private void Store(ReadOnlySpan<byte> octets)
    {
        if (Fault is not null)
            return;

        _tracked.Take(octets);
        try
        {
            _delivery.Write(octets);
            _signer?.Take(octets);
            _sealed?.Take(octets);
        }
        catch (MailStoreException e)
        {
            Fail(e);
        }
    }

    private void Fail(MailStoreException e)
    {
        Refuse(e.Fault is StoreFault.Full ? DataOutcome.StorageFull : DataOutcome.StorageBroken);
        session.Connection.Publish(new SessionFaulted { Exception = e });
    }
}
