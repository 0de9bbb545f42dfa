using MailOps.Maildir;
using MailOps.Server.Connections;

namespace MailOps.Server.Imap.Commands;

/// <summary>APPEND (RFC 3501 section 6.3.11) with APPENDUID (RFC 4315). The message goes into the store as it comes.</summary>
internal sealed class AppendCommand : ImapCommand<AppendArguments>
{
    public override string Name => "APPEND";

    public override ImapStates States => ImapStates.LoggedIn;

    public override bool Streams(ref ImapReader reader) => TryParse(ref reader, out _) && reader.End;

    protected override bool TryParse(ref ImapReader reader, out AppendArguments arguments)
    {
        arguments = default;
        if (!(reader.Space() && reader.Mailbox(out var mailbox) && reader.Space()))
            return false;

        var flags = MessageFlagSet.None;
        if (reader.Sees('(') && !(reader.FlagList(out flags) && reader.Space()))
            return false;

        DateTimeOffset? date = null;
        if (reader.Sees('"'))
        {
            if (!(reader.DateTime(out var given) && reader.Space()))
                return false;
            date = given;
        }

        arguments = new AppendArguments(mailbox, flags, date);
        return reader.LiteralHeader(out _);
    }

    protected override async ValueTask<Completion> ExecuteAsync(ImapSession session, AppendArguments arguments, CancellationToken cancel)
    {
        var literal = session.Literal;
        var refusal = await RefusalAsync(session, arguments, literal, cancel);
        if (refusal is not null && literal.Waits)
            return refusal.Value;

        await using var message = new AppendedOctets(refusal is null ? session.Store.BeginDelivery() : null);
        if (await ReceiveAsync(session, literal, message) > 0)
            return session.Connection.Interruption is null ? Completion.Hangup : session.SayBye();

        var rest = await session.Input.ReadLineAsync(session.Limits.Length, cancel);
        if (rest.Status != Wire.WireLineStatus.Line)
        {
            session.Connection.End = ConnectionEnd.Dropped;
            return Completion.Hangup;
        }

        var isEnd = rest.Content.IsEmpty;
        session.Input.Advance(rest);
        if (!isEnd)
        {
            // Another message or a mistake; either may bring octets of its own that must not be read as commands.
            session.Replies.Bye("APPEND takes one message");
            session.Connection.End = ConnectionEnd.Dropped;
            return Completion.Hangup;
        }

        return refusal ?? await CommitAsync(session, arguments, message, cancel);
    }

    private static async ValueTask<long> ReceiveAsync(ImapSession session, LiteralHeader literal, AppendedOctets message)
    {
        using var reception = session.Connection.TakeMessage();
        if (literal.Waits)
        {
            session.Replies.Continue("OK");
            await session.Replies.FlushAsync();
        }

        return await session.Input.ReadLiteralAsync(literal.Size, message.Write, message.DrainAsync, session.Options.TransferTimeout);
    }

    private static async ValueTask<Completion> CommitAsync(ImapSession session, AppendArguments arguments, AppendedOctets message, CancellationToken cancel)
    {
        if (message.HasNul)
            return Completion.No(ResponseCode.Cannot, "A message with NUL octets cannot be kept");
        var delivery = message.Finish();
        if (await session.Account.AppendAsync(arguments.Mailbox, delivery, arguments.Flags, arguments.Date, cancel) is not { } appended)
            return Completion.No(ResponseCode.TryCreate, "No such mailbox");
        session.Connection.CountMessage();
        return Completion.Ok(ResponseCode.AppendUid(appended, session.Connection), "Appended");
    }

    // What can be known before the message comes is said before it comes.
    private static async ValueTask<Completion?> RefusalAsync(ImapSession session, AppendArguments arguments, LiteralHeader literal, CancellationToken cancel)
    {
        if (literal.Size > session.Options.MaxMessageSize)
            return Completion.No(ResponseCode.TooBig, FormattableString.Invariant($"A message may have {session.Options.MaxMessageSize} octets here"));
        if (literal.Size == 0)
            return Completion.No(ResponseCode.Cannot, "A message without octets cannot be kept");
        if (arguments.Mailbox == MailboxName.Inbox)
            return null;
        var mailboxes = await session.Account.ListAsync(cancel);
        return mailboxes.Any(m => m.Exists && m.Name == arguments.Mailbox)
            ? null
            : Completion.No(ResponseCode.TryCreate, "No such mailbox");
    }
}

/// <summary>Where a message goes, and with what.</summary>
internal readonly record struct AppendArguments(string Mailbox, MessageFlagSet Flags, DateTimeOffset? Date);
