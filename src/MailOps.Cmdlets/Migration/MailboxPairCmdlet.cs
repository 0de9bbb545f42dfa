using System.Collections;
using System.Management.Automation;
using System.Net;
using MailOps.Client.Mailboxes;
using MailOps.Client.Mboxes;
using MailOps.Client.Migration;
using MailOps.Cmdlets.Runtime;

namespace MailOps.Cmdlets.Migration;

/// <summary>The base of cmdlets that work on two mailboxes, each named by its address.</summary>
public abstract partial class MailboxPairCmdlet : MailCmdlet
{
    // When the pair that is under way began, and what was done of it before anything came.
    private (long Time, long Done)? _began;

    // A field of a type from another assembly would be looked for before there is a way to it.
    private int? _mboxDialect;
    private int _gmailLabels;
    private int _compression;

    /// <summary>Folders that are meant, by their paths with / between levels, with wildcards; all unless given. A folder that is meant brings those below it only if they are meant too: 'Archive', 'Archive/*'.</summary>
    [Parameter]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Include { get; set; } = ["*"];

    /// <summary>Folders that are not meant, with wildcards; they win over Include.</summary>
    [Parameter]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Exclude { get; set; } = [];

    /// <summary>Where folders go, or are in the other mailbox, that are elsewhere than under their own name, with / between levels: @{ 'Sent Items' = 'Sent'; 'Old/*' = 'Archive/Old/*' }. Two folders may go to one.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public Hashtable? FolderMap { get; set; }

    /// <summary>What the labels of a Gmail account become that is read. Folders, unless given: a message arrives in the folder of each of its labels. Once: in the folder of the first of them alone, INBOX, Sent and Drafts before the others by name. Keywords: once, in INBOX, Sent, Drafts or the archive, with its labels as keywords. In each case All Mail, which has every message, gives only those that have no label, to the archive; Starred and Important are no folders, but a flag and the keyword $Important. Other servers have no labels.</summary>
    [Parameter]
    public GmailLabels GmailLabels
    {
        get => (GmailLabels)_gmailLabels;
        set => _gmailLabels = (int)value;
    }

    /// <summary>How many folders are under way at once, each with a connection to either mailbox; 4 unless given. Servers limit the connections of an account: Gmail takes 15, Exchange 8 or fewer.</summary>
    [Parameter]
    [ValidateRange(1, 32)]
    public int Connections { get; set; } = 4;

    /// <summary>Goes on whatever the servers' certificates, with a warning that says what is wrong with them.</summary>
    [Parameter]
    public SwitchParameter SkipCertificateCheck { get; set; }

    /// <summary>What the servers' certificates are known by, those of both: its SHA-256 or SHA-1 thumbprint in hexadecimal, with colons or without, or the hash of its public key as sha256// and base64, as curl has it; any of several. A certificate that matches is taken whoever made it, and one that does not ends the connection, whoever made it and whatever SkipCertificateCheck says. Needs TLS on each server.</summary>
    [Parameter]
    [ValidateCertificatePin]
    public string[] CertificatePin { get; set; } = [];

    /// <summary>How long a server may be silent, in seconds; 60 unless given.</summary>
    [Parameter]
    [ValidateRange(1, 86400)]
    public int TimeoutSeconds { get; set; } = 60;

    /// <summary>How mbox files tell where a message ends. Unless given it is found out, and what is written is Mboxrd, which loses nothing.</summary>
    [Parameter]
    public MboxDialect? MboxDialect
    {
        get => (MboxDialect?)_mboxDialect;
        set => _mboxDialect = (int?)value;
    }

    /// <summary>When connections to IMAP servers that offer it are compressed (COMPRESS=DEFLATE): WhenSlow, unless given, as soon as a server turns out to be far away on a line of less than 4 MiB a second for each connection; Always; Never.</summary>
    [Parameter]
    public ImapCompression Compression
    {
        get => (ImapCompression)_compression;
        set => _compression = (int)value;
    }

    /// <summary>Which folders are meant.</summary>
    private protected FolderPatterns Patterns => new(Include, Exclude);

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        try
        {
            Map();
        }
        catch (FormatException e)
        {
            Refuse(e.Message, FolderMap);
        }

        if (MessageChoice.Problem(this, RemovesDeleted) is { } problem)
            Refuse(problem);
    }

    /// <summary>The rules for folders; null if there are none.</summary>
    private protected FolderMap? Map() => FolderMap is null ? null : new FolderMap(FolderPatterns.Rules(FolderMap));

    /// <summary>The mailboxes of two addresses; null, with an error, if one leads nowhere.</summary>
    private protected ((MailboxLocation Location, MailboxLogin Login) One, (MailboxLocation Location, MailboxLogin Login) Other)? Resolve(
        (string Address, PSCredential? Credential, object? Token, string? AuthorizationId, string Parameter) one,
        (string Address, PSCredential? Credential, object? Token, string? AuthorizationId, string Parameter) other)
    {
        try
        {
            return (Resolve(one.Address, one.Credential, one.Token, one.AuthorizationId, one.Parameter), Resolve(other.Address, other.Credential, other.Token, other.AuthorizationId, other.Parameter));
        }
        catch (Exception e) when (e is MigrationException or ArgumentException)
        {
            WriteError(ErrorRecords.From(e, one.Address));
            return null;
        }
    }

    private (MailboxLocation Location, MailboxLogin Login) Resolve(string text, PSCredential? credential, object? token, string? authorizationId, string parameter)
    {
        var location = MailboxArgument.Resolve(this, text);
        var login = MailboxLogin.Of(location, credential, token, authorizationId, parameter);
        if (location.Server is null || credential is null)
            return (location, login);
        return (authorizationId is null ? location.Of(credential.UserName) : location.As(authorizationId), login);
    }

    /// <summary>Opens a mailbox.</summary>
    /// <param name="location">Its address.</param>
    /// <param name="login">Who logs in, for a mailbox on a server.</param>
    /// <param name="isMade">True for the target of a copy: files that are not there are made.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <param name="query">Search keys of IMAP that messages must match; null for all.</param>
    private protected Task<MailboxEnd> OpenAsync(MailboxLocation location, MailboxLogin login, bool isMade, CancellationToken cancel, string? query = null)
    {
        var options = new MailboxEndOptions
        {
            Credential = login.Credential is { } credential ? new NetworkCredential(credential.UserName, credential.Password) : null,
            AuthorizationId = login.AuthorizationId,
            Tokens = login.Tokens,
            SkipCertificateCheck = SkipCertificateCheck,
            CertificatePins = Wire.CertificatePin.Parse(CertificatePin),
            Timeout = TimeSpan.FromSeconds(TimeoutSeconds),
            GmailLabels = GmailLabels,
            IsMade = isMade,
            Query = query,
            Compression = Compression,
            MboxDialect = MboxDialect,
        };
        return MailboxEnd.OpenAsync(location, options, TimeProvider.System, cancel);
    }

    /// <summary>Warns of certificates that were not checked.</summary>
    private protected async Task WarnAsync(params MailboxEnd[] ends)
    {
        foreach (var end in ends)
        {
            if (end.CertificateProblem is { } problem)
                await WarningAsync($"The certificate of {end.Name} is not trusted: {problem}. It was not checked, as asked.").ConfigureAwait(false);
        }
    }

    /// <summary>Shows how far it is, with the rate and what is left.</summary>
    private protected ValueTask ShowAsync(string activity, CopyProgress progress)
    {
        var now = Environment.TickCount64;
        if (_began is not { } began || progress.Done < began.Done)
            _began = began = (now, progress.Done);
        var seconds = (now - began.Time) / 1000.0;
        var rate = seconds < 1 ? 0 : (progress.Done - began.Done) / seconds;
        var record = new ProgressRecord(1, activity, $"{progress.Done} of {progress.Total} messages, {rate:0} a second: {progress.Folder}")
        {
            PercentComplete = progress.Total == 0 ? -1 : (int)Math.Clamp(progress.Done * 100 / progress.Total, 0, 100),
            SecondsRemaining = rate > 0 ? (int)Math.Min(int.MaxValue, Math.Max(0, progress.Total - progress.Done) / rate) : -1,
        };
        return ProgressAsync(record);
    }
}
