namespace MailOps.Server.Imap.Commands;

/// <summary>
/// APPEND (RFC 3501 section 6.3.11) of one message or several, all or none (MULTIAPPEND, RFC 3502), also of parts that lie here already
/// (CATENATE, RFC 4469), with APPENDUID (RFC 4315). It needs <c>i</c> (RFC 4314 section 4). Messages go into the store as they come.
/// </summary>
internal sealed class AppendCommand : ImapCommand<AppendArguments>
{
    public override string Name => "APPEND";

    public override ImapStates States => ImapStates.LoggedIn;

    public override bool Streams(ref ImapReader reader) => TryParse(ref reader, out var arguments) && arguments.First.Literal is not null;

    protected override bool TryParse(ref ImapReader reader, out AppendArguments arguments)
    {
        arguments = default;
        if (!(reader.Space() && reader.Mailbox(out var mailbox) && reader.Space() && AppendLine.TryParse(ref reader, isFirst: true, AppendBrackets.None, out var first)))
            return false;
        arguments = new AppendArguments(mailbox, first);
        return true;
    }

    protected override async ValueTask<Completion> ExecuteAsync(ImapSession session, AppendArguments arguments, CancellationToken cancel)
    {
        // What can be known before the message comes is said before it comes.
        await using var reception = new AppendReception(session, Name, arguments.Mailbox);
        var (barred, tellsUids) = await session.MayPutAsync(arguments.Mailbox, cancel);
        if (barred is { } refusal)
            reception.Refuse(refusal);
        if (await reception.ReceiveAsync(arguments.First, cancel) is { } failed)
            return failed;

        if (await session.Account.AppendAsync(arguments.Mailbox, reception.Finish(), cancel) is not { } appended)
            return NoMailbox(session, arguments.Mailbox);
        session.NoteOwn(arguments.Mailbox, [.. appended.Select(one => one.Uid)]);
        foreach (var _ in appended)
            session.Connection.CountMessage();
        return Completion.Ok("Appended") with { Code = tellsUids ? ResponseCode.AppendUid(appended, session.Connection) : null };
    }

    /// <summary>What is said where there is no such mailbox: that it may be made, unless none can have that name (RFC 9051 section 6.3.12).</summary>
    internal static Completion NoMailbox(ImapSession session, string mailbox) => session.Account.RuleAgainst(mailbox) is { } rule
        ? Completion.No(ResponseCode.Cannot, $"There is no such mailbox, and none can be: this name {rule}")
        : Completion.No(ResponseCode.TryCreate, "No such mailbox");
}

/// <summary>Where messages go, and the command's first stretch.</summary>
internal readonly record struct AppendArguments(string Mailbox, AppendLine First);
