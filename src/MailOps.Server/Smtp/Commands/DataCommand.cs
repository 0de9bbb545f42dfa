using MailOps.Maildir;
using MailOps.Server.Connections;
using MailOps.Smtp;

namespace MailOps.Server.Smtp.Commands;

/// <summary>DATA (RFC 5321 section 4.1.1.4): takes the message. 250 means that it is on disk.</summary>
internal sealed class DataCommand : SmtpCommand<NoArguments>
{
    public override string Name => "DATA";

    public override SmtpStates States => SmtpStates.Recipients;

    protected override bool TryParse(ref SmtpReader reader, out NoArguments arguments)
    {
        arguments = default;
        return true;
    }

    protected override async ValueTask<SmtpReply> ExecuteAsync(SmtpSession session, NoArguments arguments, CancellationToken cancel)
    {
        session.Write(new SmtpReply(354, null, "End data with <CR><LF>.<CR><LF>"));
        await session.FlushAsync();

        var id = session.NextMessageId();
        await using var delivery = session.Store.BeginDelivery();
        var transfer = new DataTransfer(session, delivery);
        var outcome = await transfer.ReceiveAsync(TraceHeader.For(session, id));
        var reply = outcome switch
        {
            DataOutcome.Complete => await CommitAsync(session, delivery, id, cancel),
            DataOutcome.TooLarge => new SmtpReply(552, new EnhancedStatusCode(5, 3, 4), $"Message size exceeds the limit of {session.Options.MaxMessageSize} octets"),
            DataOutcome.StorageFull => SmtpReplies.StorageFull,
            DataOutcome.StorageBroken => SmtpReplies.LocalError,
            DataOutcome.BareLineEnd => new SmtpReply(521, new EnhancedStatusCode(5, 6, 0), "Bare CR or LF received; lines must end with CRLF (RFC 5321 section 2.3.8), closing connection"),
            DataOutcome.Nul => new SmtpReply(521, new EnhancedStatusCode(5, 6, 0), "NUL received; a message may not hold one, closing connection"),
            DataOutcome.TimedOut => SmtpReplies.TimedOut,
            _ => SmtpReplies.LocalError,
        };

        // Where the end of the data is in doubt, what follows must not be taken for commands.
        if (outcome is DataOutcome.BareLineEnd or DataOutcome.Nul or DataOutcome.Disconnected)
            session.EndAs(outcome is DataOutcome.Disconnected ? ConnectionEnd.ClosedByPeer : ConnectionEnd.Dropped);
        else if (outcome is DataOutcome.TimedOut)
            session.EndAs(ConnectionEnd.TimedOut);

        if (!reply.IsPositive)
            session.Connection.Publish(new MailRefused { Command = Name, Reply = reply.ToString() });
        session.Reset();
        return reply;
    }

    private static async ValueTask<SmtpReply> CommitAsync(SmtpSession session, IDelivery delivery, string id, CancellationToken cancel)
    {
        try
        {
            // Two addresses of one account get one copy.
            var targets = session.Recipients.Select(recipient => recipient.Account).Distinct(StringComparer.Ordinal)
                .Select(account => new DeliveryTarget(account)).ToArray();
            await delivery.CommitAsync(targets, cancel);
        }
        catch (MailStoreException e)
        {
            session.Connection.Publish(new SessionFaulted { Exception = e });
            return e.Fault switch
            {
                StoreFault.Full => SmtpReplies.StorageFull,
                StoreFault.OverQuota => SmtpReplies.MailboxFull,
                _ => SmtpReplies.LocalError,
            };
        }

        session.Connection.Publish(new MessageAccepted
        {
            MessageId = id,
            Sender = session.Sender.GetValueOrDefault().ToString(),
            Recipients = [.. session.Recipients.Select(recipient => recipient.Path.ToString())],
            Size = delivery.Length,
        });
        return new SmtpReply(250, new EnhancedStatusCode(2, 0, 0), $"Ok: queued as {id}");
    }
}
