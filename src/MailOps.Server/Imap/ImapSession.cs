using MailOps.Maildir;
using MailOps.Maildir.Access;
using MailOps.Server.Accounts;
using MailOps.Server.Connections;
using MailOps.Server.Imap.Notify;
using MailOps.Server.Imap.Search;

namespace MailOps.Server.Imap;

/// <summary>One client's session: its state, its transport, its account and its mailbox. Knows no command.</summary>
internal sealed partial class ImapSession : IAsyncDisposable
{
    private int _toldKeywords;
    private ImapExtensions _named;

    // The highest mod-sequence that FETCH responses told since a command ended, and the one that the client was then told to stay below.
    private ulong _toldModSeq;
    private ulong _heldBelow;

    public ImapSession(ServerConnection connection, ImapOptions options, IMailStore store, Authentication authentication, ImapCapabilities capabilities)
    {
        Connection = connection;
        Options = options;
        Store = store;
        Authentication = authentication;
        Capabilities = capabilities;
        Replies = new ImapReplyWriter(connection, options);
        Input = new ImapInput(connection, Replies);
        Progress = new CommandProgress(this);
        Updates = new SearchUpdates(this);
        Changes = new SelectedChanges(this);
        Notices = new Notices(this);
    }

    public ServerConnection Connection { get; }

    public ImapOptions Options { get; }

    public IMailStore Store { get; }

    public Authentication Authentication { get; }

    public ImapCapabilities Capabilities { get; }

    public ImapReplyWriter Replies { get; }

    public ImapInput Input { get; }

    /// <summary>How far the running command is.</summary>
    public CommandProgress Progress { get; }

    /// <summary>Commands that could not be understood, and failed logins; after the login only those since the last that succeeded.</summary>
    public int Errors { get; set; }

    public ImapStates State => SelectedOrNull is not null ? ImapStates.Selected : AccountOrNull is not null ? ImapStates.Authenticated : ImapStates.NotAuthenticated;

    /// <summary>The account. Only commands that are legal after login ask for it.</summary>
    public IMailAccount Account => AccountOrNull ?? throw new InvalidOperationException("No account before login.");

    /// <summary>The selected mailbox. Only commands that are legal after SELECT ask for it.</summary>
    public IMailbox Selected => SelectedOrNull ?? throw new InvalidOperationException("No mailbox is selected.");

    /// <summary>The tag of the running command.</summary>
    public string Tag { get; set; } = "";

    /// <summary>The UIDs that the last search saved, which <c>$</c> stands for (RFC 5182).</summary>
    public NumberRanges Saved { get; set; } = NumberRanges.None;

    /// <summary>Tells what happens in the selected mailbox.</summary>
    public SelectedChanges Changes { get; }

    /// <summary>What the client wants to be told of (RFC 5465).</summary>
    public Notices Notices { get; }

    /// <summary>The searches of the selected mailbox that go on (RFC 5267).</summary>
    public SearchUpdates Updates { get; }

    /// <summary>True if a password may cross this connection as it is.</summary>
    public bool MayUsePlaintext => Authentication.MayUsePlaintext(Connection);

    /// <summary>What the client has asked for, by ENABLE or by a command that implies it. It stays until the connection ends.</summary>
    public ImapExtensions Enabled { get; private set; }

    /// <summary>True if the selected mailbox keeps mod-sequences. One that was opened without them is without them until it is left (RFC 7162 section 3.1.2.2).</summary>
    public bool HasModSeqs { get; private set; }

    /// <summary>True if the client hears of mod-sequences in the selected mailbox (RFC 7162 section 3.1).</summary>
    public bool TellsModSeqs => HasModSeqs && IsEnabled(ImapExtensions.CondStore);

    /// <summary>True if the client hears of expunges in the selected mailbox by UID (RFC 7162 section 3.2.10).</summary>
    public bool TellsVanished => IsUidOnly || (HasModSeqs && IsEnabled(ImapExtensions.QResync));

    /// <summary>True if the client speaks IMAP4rev2.</summary>
    public bool IsRev2 => IsEnabled(ImapExtensions.Rev2);

    /// <summary>True if names and strings are in UTF-8, to and from the client (RFC 6855 section 3, RFC 9051 section 5.1).</summary>
    public bool SpeaksUtf8 => (Enabled & (ImapExtensions.Rev2 | ImapExtensions.Utf8Accept)) != ImapExtensions.None;

    /// <summary>True if messages have UIDs and no sequence numbers for the client (RFC 9586).</summary>
    public bool IsUidOnly => IsEnabled(ImapExtensions.UidOnly);

    private IMailAccount? AccountOrNull { get; set; }

    private IMailbox? SelectedOrNull { get; set; }

    /// <summary>Makes the session that of an account.</summary>
    public async ValueTask LogInAsync(string account, CancellationToken cancel)
    {
        AccountOrNull = await Store.OpenNamespacesAsync(account, cancel);
        Replies.HasLoggedIn = true;
    }

    /// <summary>Makes the session nobody's again: all that was said in it is forgotten but for TLS (RFC 8437 section 3).</summary>
    public async ValueTask LogOutAsync()
    {
        await DeselectAsync();
        Notices.Reset();
        AccountOrNull = null;
        Connection.Account = null;
        Enabled = _named = ImapExtensions.None;
        Replies.HasUtf8 = false;
        Saved = NumberRanges.None;
        Replies.BeginLogin();
    }

    /// <summary>True if all of these are enabled.</summary>
    public bool IsEnabled(ImapExtensions extensions) => (Enabled & extensions) == extensions;

    /// <summary>True if ENABLE has named all of these before.</summary>
    public bool HasNamed(ImapExtensions extensions) => (_named & extensions) == extensions;

    /// <summary>Enables what ENABLE names.</summary>
    public void EnableByName(ImapExtensions extensions)
    {
        _named |= extensions;
        Enable(extensions);
    }

    /// <summary>
    /// Enables extensions. The first time that a client shows that it knows CONDSTORE while a mailbox is selected, it is told where
    /// that stands (RFC 7162 section 3.1).
    /// </summary>
    public void Enable(ImapExtensions extensions)
    {
        var isNew = !IsEnabled(ImapExtensions.CondStore);
        Enabled |= extensions;
        Replies.HasUtf8 = SpeaksUtf8;
        if (isNew && TellsModSeqs && Selected.RefreshRights())
            Replies.HighestModSeq(Selected.HighestModSeq);
    }

    /// <summary>Makes a mailbox the selected one.</summary>
    public void Select(IMailbox mailbox)
    {
        SelectedOrNull = mailbox;
        Saved = NumberRanges.None;
        _toldKeywords = mailbox.Keywords.Count;
        HasModSeqs = mailbox.HighestModSeq > 0;
        (_toldRights, _toldReadOnly) = (mailbox.Rights, mailbox.ReadOnly);
        Notices.NoteSelected(mailbox.Name);
    }

    /// <summary>The client put messages into a mailbox, and knows of them.</summary>
    /// <param name="mailbox">The mailbox.</param>
    /// <param name="uids">Their UIDs, ascending.</param>
    public void NoteOwn(string mailbox, IReadOnlyList<uint> uids)
    {
        if (uids.Count == 0)
            return;
        if (SelectedOrNull?.Name == mailbox)
            Changes.NoteOwn(uids);
        else
            Notices.NoteOwn(mailbox, uids);
    }

    /// <summary>The messages that a set of the client names; null if it names a sequence number that is beyond the mailbox.</summary>
    public MessageSelection? Resolve(SequenceSet set, MessageNumbers numbers) => set.Resolve(Selected.Messages, numbers, Saved);

    /// <summary>The UIDs that a set of the client names, whether a message has them or not. <c>*</c> is the highest that was given.</summary>
    public NumberRanges UidsOf(SequenceSet set)
    {
        var named = set.Resolve(Math.Max(1, Selected.UidNext - 1));
        return set.HasSaved ? NumberRanges.Of(named.Ranges.Concat(Saved.Ranges)) : named;
    }

    /// <summary>Leaves the selected mailbox, if there is one.</summary>
    public async ValueTask DeselectAsync()
    {
        var mailbox = SelectedOrNull;
        SelectedOrNull = null;
        HasModSeqs = false;
        (_toldModSeq, _heldBelow) = (0, 0);
        Updates.Clear();
        Changes.Clear();
        if (mailbox is null)
            return;
        Notices.NoteLeft(mailbox);
        await mailbox.DisposeAsync();
    }

    /// <summary>Tells the flags of a message, and its mod-sequence where the client hears of those.</summary>
    public void TellFlags(int sequenceNumber, MailboxMessage message)
    {
        if (TellsModSeqs)
            NoteModSeq(message.ModSeq);
        Replies.FetchFlags(IsUidOnly ? null : sequenceNumber, message, ShowsRecent(message), TellsModSeqs);
    }

    /// <summary>Tells the mod-sequence of a message whose flags the client knows, where it hears of those.</summary>
    public void TellModSeq(int sequenceNumber, MailboxMessage message)
    {
        if (!TellsModSeqs)
            return;
        NoteModSeq(message.ModSeq);
        Replies.FetchModSeq(IsUidOnly ? null : sequenceNumber, message);
    }

    /// <summary>True if a message is told to be \Recent, which IMAP4rev2 has no more (RFC 9051 appendix E).</summary>
    public bool ShowsRecent(MailboxMessage message) => message.Recent && !IsRev2;

    /// <summary>A FETCH response tells of this mod-sequence.</summary>
    public void NoteModSeq(ulong modSeq) => _toldModSeq = Math.Max(_toldModSeq, modSeq);

    /// <summary>
    /// A client takes the highest mod-sequence that a command brought it for what it has seen of the mailbox, and would not ask again for
    /// what lies below. Where that is too high, since an expunge waits that may not be told yet, it is told what is right (RFC 7162 section
    /// 3.2), and what is right then, as soon as nothing waits any more.
    /// </summary>
    public void SettleHighestModSeq()
    {
        if (!TellsModSeqs)
            return;
        var highest = Selected.HighestModSeq;
        if (_toldModSeq > highest || (_heldBelow > 0 && highest >= _heldBelow))
        {
            _heldBelow = _toldModSeq > highest ? Math.Max(_heldBelow, _toldModSeq) : 0;
            Replies.HighestModSeq(highest);
        }

        _toldModSeq = 0;
    }

    /// <summary>
    /// For a command that works with mod-sequences: enables them (RFC 7162 section 3.1). False in a mailbox that has none, where the
    /// command is BAD (section 3.1.2.2).
    /// </summary>
    public bool TryUseModSeqs()
    {
        if (HasModSeqs)
            Enable(ImapExtensions.CondStore);
        return HasModSeqs;
    }

    /// <summary>Says that the selected mailbox is lost. The session ends.</summary>
    public Completion SayLost()
    {
        Replies.Bye(SelectedOrNull?.Rights.HasFlag(MailboxRights.Read) == false
            ? "The rights on the mailbox no longer allow to read it"
            : "The mailbox has disappeared or was replaced: nothing is said about its messages");
        return Completion.Hangup;
    }

    /// <summary>Tells of keywords that the mailbox learned, before a message shows one of them.</summary>
    public void TellKeywords()
    {
        if (Selected.Keywords.Count == _toldKeywords)
            return;
        _toldKeywords = Selected.Keywords.Count;
        Replies.FlagsOf(Selected);
    }

    /// <summary>What the next command may be.</summary>
    public CommandLimits Limits => State == ImapStates.NotAuthenticated
        ? new CommandLimits(Options.MaxCommandBeforeLogin, CommandLimits.LiteralMinus)
        : new CommandLimits(Options.MaxCommand, Options.MaxCommand);

    /// <summary>Says why the session ends, if the connection still carries it.</summary>
    public Completion SayBye()
    {
        if (Connection.Interruption is { } reason)
            Connection.End = reason;
        Replies.Bye(Connection.Interruption switch
        {
            ConnectionEnd.TimedOut when Replies.HasTakenTooLong => "No login for too long",
            ConnectionEnd.TimedOut => "Nothing was heard for too long",
            ConnectionEnd.ServerStopped => "The server stops",
            ConnectionEnd.SessionStopped => "The session was ended by the administrator",
            _ => "The connection ends",
        });
        return Completion.Hangup;
    }

    public async ValueTask DisposeAsync()
    {
        Notices.Dispose();
        await DeselectAsync();
        AccountOrNull = null;
    }
}
