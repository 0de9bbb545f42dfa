using System.Buffers;
using System.Collections.Frozen;
using MailOps.Maildir;
using MailOps.Server.Accounts;
using MailOps.Server.Connections;
using MailOps.Server.Connections.Faults;
using MailOps.Server.Imap.Commands;
using MailOps.Server.Imap.Notify;
using static MailOps.Server.Imap.MessageNumbers;

namespace MailOps.Server.Imap;

/// <summary>IMAP4rev1 (RFC 3501): the table of commands, and the loop that reads one, looks it up, checks that it is legal, and runs it.</summary>
internal sealed partial class ImapProtocol(ImapOptions options, IMailStore store, Authentication authentication) : IConnectionHandler
{
    /// <summary>How much of an over-long command is read so that its sender hears why the connection ends.</summary>
    internal const int MaxDiscard = 4 * 1024 * 1024;

    /// <summary>Every command there is.</summary>
    public static IReadOnlyList<ImapCommand> Table { get; } =
    [
        new CapabilityCommand(),
        new NoopCommand(),
        new LogoutCommand(),
        new IdCommand(),
        new StartTlsCommand(),
        new AuthenticateCommand(),
        new LoginCommand(),
        new EnableCommand(),
        new LanguageCommand(),
        new UnauthenticateCommand(),
        new CompressCommand(),
        new SelectCommand(),
        new ExamineCommand(),
        new CreateCommand(),
        new DeleteCommand(),
        new RenameCommand(),
        new SubscribeCommand(),
        new UnsubscribeCommand(),
        new ListCommand(),
        new LsubCommand(),
        new NamespaceCommand(),
        new StatusCommand(),
        new GetQuotaCommand(),
        new GetQuotaRootCommand(),
        new GetMetadataCommand(),
        new SetMetadataCommand(),
        new SetAclCommand(),
        new DeleteAclCommand(),
        new GetAclCommand(),
        new ListRightsCommand(),
        new MyRightsCommand(),
        new AppendCommand(),
        new IdleCommand(),
        new NotifyCommand(),
        new CheckCommand(),
        new CloseCommand(),
        new UnselectCommand(),
        new ExpungeCommand(),
        new UidExpungeCommand(),
        new MultiSearchCommand(),
        new SearchCommand(Sequence),
        new SearchCommand(Uid),
        new CancelUpdateCommand(),
        new SortCommand(Sequence),
        new SortCommand(Uid),
        new ThreadCommand(Sequence),
        new ThreadCommand(Uid),
        new FetchCommand(Sequence),
        new FetchCommand(Uid),
        new StoreCommand(Sequence),
        new StoreCommand(Uid),
        new CopyCommand(Sequence),
        new CopyCommand(Uid),
        new MoveCommand(Sequence),
        new MoveCommand(Uid),
        new ReplaceCommand(Sequence),
        new ReplaceCommand(Uid),
    ];

    private static readonly FrozenDictionary<string, ImapCommand> ByName = Table.ToFrozenDictionary(c => c.Name);

    private readonly ImapCapabilities _capabilities = new(Table);

    public string Protocol => "imap";

    public bool Idles => true;

    public bool IsBrisk => false;

    /// <inheritdoc/>
    public string FirstWords(string reply) => $"* {reply}\r\n";

    public string Refusal(string reason) => $"* BYE {reason}\r\n";

    public async Task ServeAsync(ServerConnection connection)
    {
        await using var session = new ImapSession(connection, options, store, authentication, _capabilities);
#pragma warning disable CA1031 // Whatever breaks in one session must not reach the listener.
        try
        {
            session.Replies.Ok("CAPABILITY " + _capabilities.List(session), options.HostName + " MailOps IMAP4rev1 ready");
            await session.Replies.FlushAsync();
            Func<ReadOnlySequence<byte>, LiteralUse> use = text => UseOf(text, session);
            bool more;
            do
            {
                more = await ServeCommandAsync(session, use);
                // Replies to commands that came together go together.
                if (!more || !session.Input.HasBufferedLine)
                    await session.Replies.FlushAsync();
            }
            while (more);
        }
        catch (Exception e) when (e is ClientGoneException or OperationCanceledException)
        {
            // Nobody is left to tell. The connection knows how it ended.
        }
        catch (Exception e)
        {
            PublishFault(connection, e);
            connection.End = ConnectionEnd.Faulted;
        }
#pragma warning restore CA1031
    }

    // One command from its first octet to its tagged response. False when the session is over.
    private static async ValueTask<bool> ServeCommandAsync(ImapSession session, Func<ReadOnlySequence<byte>, LiteralUse> use)
    {
        session.Connection.ExpectWithin(session.Replies.Patience);
        if (session.Notices.IsOn && !await Telling.UntilInputAsync(session, session.Connection.Aborted))
            return false;
        if (session.Connection.Interruption is not null)
        {
            session.SayBye();
            return false;
        }

        var text = await session.Input.ReadCommandAsync(session.Limits, use);
        switch (text.Status)
        {
            case CommandTextStatus.End:
                session.Input.Advance(text);
                return false;

            case CommandTextStatus.Interrupted:
                session.Input.Advance(text);
                session.SayBye();
                return false;

            case CommandTextStatus.TooLong:
                await session.Input.DiscardAsync(text, MaxDiscard);
                return Drop(session, "The command is longer than this server takes");

            case CommandTextStatus.LiteralTooLarge:
                return await RefuseLiteralAsync(session, text);
        }

        if (session.Connection.Rates is { } rates && rates.Take(RateKind.Commands) is { } excess)
        {
            // A stranger is cut off. Who has logged in may have much to do, and waits.
            if (session.State is ImapStates.NotAuthenticated)
            {
                session.Input.Advance(text);
                session.Connection.Publish(new ClientTooFast { Reason = excess.Reason });
                return Drop(session, $"Slow down: {excess.Reason}");
            }

            // What was answered before is not to wait with it.
            await session.Replies.FlushAsync();
            await rates.WaitAsync(RateKind.Commands, excess, session.Connection.Aborted);
        }

        var (tag, run, refusal, command) = Understand(text.Text, session);
        session.Tag = tag ?? "";
        session.Input.Advance(text);
        if (refusal is { } refused)
        {
            return text.Status == CommandTextStatus.Streamed && !text.Literal.Waits
                ? await RejectWithLiteralsAsync(session, tag, text.Literal, refused)
                : Reject(session, tag, refused);
        }

        session.Connection.Publish(new CommandReceived { Command = command!.Name });
        if (session.Connection.Faults?.At(session.Connection, command.Name, "") is { } act)
        {
            var effect = await FaultPlayer.PlayAsync(session.Connection, act);
            if (effect is FaultEffect.End)
                return false;
            if (effect is FaultEffect.Reply)
                return await GiveAsync(session, tag!, text, act.Reply);
        }

        session.Progress.Begin();
        var completion = await RunAsync(session, command, run!, session.Connection.Aborted);
        if (completion.Status == CompletionStatus.Hangup)
            return false;

        var isThere = true;
        if (completion.Status != CompletionStatus.Bad)
            isThere = await TellChangesAsync(session, command!.MayExpunge && !completion.HoldsNumbers, completion.Expunges);
        else if (++session.Errors >= session.Options.MaxErrors)
            return Drop(session, "Too many errors");
        // Who has logged in and is understood may try many things that this server does not know, in a session of days.
        if (completion.Status == CompletionStatus.Ok && session.State != ImapStates.NotAuthenticated)
            session.Errors = 0;
        if (completion.Expunges && session.TellsModSeqs)
        {
            if (completion.Code is null)
                completion = completion with { Code = ResponseCode.HighestModSeq(session.Selected.HighestModSeq) };
            else
                session.Replies.HighestModSeq(session.Selected.HighestModSeq);
        }

        session.Replies.Complete(tag!, completion);
        if (!isThere)
        {
            session.SayLost();
            return false;
        }

        if (completion.After is null)
            return true;
        await session.Replies.FlushAsync();
        return await completion.After(session);
    }

    /// <summary>Gives an answer that was set for a command, which is not carried out.</summary>
    private static async ValueTask<bool> GiveAsync(ImapSession session, string tag, CommandText text, string reply)
    {
        // The octets of a literal that nobody takes would be read as commands.
        var isLeft = text.Status == CommandTextStatus.Streamed && !text.Literal.Waits;
        if (reply.StartsWith("BYE ", StringComparison.Ordinal) || isLeft)
            return await DropWithLiteralAsync(session, isLeft ? text.Literal : default, reply[(reply.IndexOf(' ', StringComparison.Ordinal) + 1)..]);
        session.Replies.Raw(System.Text.Encoding.UTF8.GetBytes($"{tag} {reply}\r\n"));
        return true;
    }

    private static async ValueTask<Completion> RunAsync(ImapSession session, ImapCommand command, Func<ImapSession, CancellationToken, ValueTask<Completion>> run, CancellationToken cancel)
    {
        try
        {
            // RFC 4314 section 5.1.1: the rights on the selected mailbox are those of now. Who may no longer read it can still leave it.
            if (command.States == ImapStates.Selected && !session.Selected.RefreshRights())
                return session.SayLost();
            return await run(session, cancel);
        }
        catch (MailStoreException e) when (e.Fault == StoreFault.NotPermitted && !session.Replies.InResponse)
        {
            return Completion.No(ResponseCode.NoPermission, "The rights on the mailbox do not allow this");
        }
        catch (MailStoreException e) when (!session.Replies.InResponse)
        {
            PublishFault(session.Connection, e);
            return e.Fault switch
            {
                StoreFault.Full => Completion.No(ResponseCode.OverQuota, "The store is full"),
                StoreFault.OverQuota => Completion.No(ResponseCode.OverQuota, "The account is over its quota"),
                _ => Completion.No(ResponseCode.Unavailable, "The store cannot be used now, try again later"),
            };
        }
        catch (Exception e) when (e is not (ClientGoneException or OperationCanceledException) && !session.Replies.InResponse)
        {
            PublishFault(session.Connection, e);
            return Completion.No(ResponseCode.ServerBug, "Something broke in the server; it was noted");
        }
    }

    private static async ValueTask<bool> TellChangesAsync(ImapSession session, bool mayExpunge, bool hasExpunged)
    {
        try
        {
            return await (hasExpunged ? session.Changes.TellAllAsync(session.Connection.Aborted) : session.Changes.TellAsync(mayExpunge, session.Connection.Aborted));
        }
        catch (MailStoreException e)
        {
            // What others did can be told after the next command as well.
            PublishFault(session.Connection, e);
            session.SettleHighestModSeq();
            return true;
        }
    }

    private static (string? Tag, Func<ImapSession, CancellationToken, ValueTask<Completion>>? Run, Completion? Refusal, ImapCommand? Command) Understand(ReadOnlySequence<byte> text, ImapSession session)
    {
        var reader = new ImapReader(text, session.SpeaksUtf8);
        if (Find(ref reader, session, out var tag, out var command) is { } refusal)
            return (tag, null, refusal, null);
        if (command!.Prepare(ref reader) is { } run)
            return (tag, run, null, command);
        // RFC 9051 section 6.3.4: whatever is wrong with a name is NO.
        return (tag, null, reader.IsMisspelt
            ? Completion.No(ResponseCode.Cannot, "A mailbox cannot have this name, which is not spelt as names are")
            : Completion.Bad(FormattableString.Invariant($"The arguments of {command.Name} cannot be read from octet {reader.Position + 1} on")), command);
    }

    // What stands before the arguments. Returns why there is no such command now; null if there is.
    private static Completion? Find(ref ImapReader reader, ImapSession session, out string? tag, out ImapCommand? command)
    {
        (tag, command) = (null, null);
        if (!reader.Tag(out var found))
            return Completion.Bad("A command starts with a tag");
        tag = found;
        if (!reader.Space() || !Name(ref reader, out var name))
            return Completion.Bad("A command's name follows the tag and one space");
        if (!ByName.TryGetValue(name, out command) || command.Requires?.IsOffered(session) == false && command.States.HasFlag(session.State))
            return Completion.Bad("Unknown command");
        if (!command.States.HasFlag(session.State))
            return Completion.Bad($"{name} is not allowed {Where(session.State)}");
        return command.UsesSequenceNumbers && session.IsUidOnly
            ? Completion.Bad(ResponseCode.UidRequired, $"After ENABLE UIDONLY messages are named by UID: use UID {name}")
            : null;
    }

    private static LiteralUse UseOf(ReadOnlySequence<byte> text, ImapSession session)
    {
        var reader = new ImapReader(text, session.SpeaksUtf8);
        var refusal = Find(ref reader, session, out _, out var command);
        if (command?.Streams(ref reader) == true)
            return LiteralUse.Streamed;
        if (refusal is not null)
            return LiteralUse.None;
        return reader.EndsInLiteral ? LiteralUse.Part : LiteralUse.Parts;
    }

    private static bool Name(ref ImapReader reader, out string name)
    {
        if (!reader.Word(out name))
            return false;
        if (name != "UID")
            return true;
        if (!reader.Space() || !reader.Word(out var second))
            return false;
        name = "UID " + second;
        return true;
    }

    private static string Where(ImapStates state) => state switch
    {
        ImapStates.NotAuthenticated => "before login",
        ImapStates.Authenticated => "before a mailbox is selected",
        _ => "while a mailbox is selected",
    };

    private static void PublishFault(ServerConnection connection, Exception e) =>
        connection.Publish(new SessionFaulted { Exception = e });
}
