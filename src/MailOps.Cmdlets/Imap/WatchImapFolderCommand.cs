using System.Management.Automation;
using MailOps.Client.Mailboxes;
using MailOps.Client.Mailboxes.Watching;
using MailOps.Cmdlets.Runtime;
using MailOps.Wire;

namespace MailOps.Cmdlets.Imap;

/// <summary>Writes each message that comes into folders of an IMAP account, once, as it comes.</summary>
/// <para>The server tells of new messages, by IDLE for one folder and by NOTIFY for several; one that has not what is needed is asked every
/// PollSeconds. Messages are those of Get-ImapMessage, which Set-, Copy-, Move- and Remove-ImapMessage take.</para>
/// <para>A connection that is lost is a warning and is made again, after 1, 2, 4 and up to 60 seconds; what came meanwhile is written then,
/// and nothing twice. Where a folder's messages get new UIDs (UIDVALIDITY), those that were there are known by their date and size. A login
/// that is refused, or a certificate that is not trusted any more, ends it with an error.</para>
/// <para>It ends with Ctrl+C, after Count messages, or at a time (Until, Duration).</para>
/// <example><code>$session | Watch-ImapFolder | ForEach-Object { "$($_.From): $($_.Subject)" }</code><para>Shows new mail until Ctrl+C.</para></example>
/// <example><code>Watch-ImapFolder imap.example.com INBOX, Support -Credential $john -Body | Add-MaildirMessage ./archive</code><para>Keeps a copy of all mail that comes into two folders.</para></example>
/// <example><code>$reply = $session | Watch-ImapFolder -Since (Get-Date).AddMinutes(-5) -Duration 00:10:00 | Where-Object Subject -Like 'Re: order 17*' | Select-Object -First 1</code><para>Waits up to ten minutes for an answer, which may have come already.</para></example>
/// <example><code>$session | Get-ImapFolder | Watch-ImapFolder -Session $session -Count 10</code><para>The next ten messages, whatever folder they come into.</para></example>
[Cmdlet(VerbsCommon.Watch, "ImapFolder", DefaultParameterSetName = SessionSet)]
[OutputType(typeof(ImapMessage))]
public sealed class WatchImapFolderCommand : ImapCmdlet
{
    private readonly List<string> _folders = [];

    /// <summary>Full names, levels separated as the server does; INBOX unless given.</summary>
    [Parameter(Position = 1, ParameterSetName = CredentialSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(Position = 1, ParameterSetName = CertificateSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(Position = 1, ParameterSetName = TokenSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(Position = 0, ParameterSetName = SessionSet, ValueFromPipelineByPropertyName = true)]
    [Alias("Name")]
    [ValidateNotNullOrEmpty]
    public string[] Folder { get; set; } = ["INBOX"];

    /// <summary>Writes first what is in the folders already.</summary>
    [Parameter]
    public SwitchParameter IncludeExisting { get; set; }

    /// <summary>Of what is in the folders already writes first what arrived then or later.</summary>
    [Parameter]
    public DateTimeOffset? Since { get; set; }

    /// <summary>Reads whole messages: Raw is then there, and Message has a body.</summary>
    [Parameter]
    public SwitchParameter Body { get; set; }

    /// <summary>Ends after so many messages.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int? Count { get; set; }

    /// <summary>Ends then.</summary>
    [Parameter]
    public DateTimeOffset? Until { get; set; }

    /// <summary>Ends after this time, such as 00:00:30.</summary>
    [Parameter]
    [ValidatePositiveTime]
    public TimeSpan? Duration { get; set; }

    /// <summary>How often a server is asked that does not tell of new messages by itself, and how often one is asked for a folder that is gone.</summary>
    [Parameter]
    [ValidateRange(1, 86400)]
    public int PollSeconds { get; set; } = 60;

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        if (IncludeExisting && Since is not null)
            Refuse("-IncludeExisting writes all that is there, and -Since some of it. Give one of them.");
        if (Until is not null && Duration is not null)
            Refuse("-Until and -Duration both say when to end. Give one of them.");
    }

    /// <inheritdoc/>
    protected override void ProcessRecord() => _folders.AddRange(Folder);

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (_folders.Count > 0)
        {
            if (Session is { } session)
                Start([session], (used, cancel) => WatchAsync(used, cancel));
            else if (OptionsFor(MailProtocol.Imap, Port, plain: 143, underTls: 993) is { } options)
                Start([NameOf(options)], (_, cancel) => WatchAloneAsync(options, cancel));
        }

        base.EndProcessing();
    }

    private async Task WatchAloneAsync(MailboxOptions options, CancellationToken cancel)
    {
        var session = new MailSession(MailProtocol.Imap, options, TimeProvider.System);
        await using (session.ConfigureAwait(false))
        {
            await session.ConnectAsync(cancel).ConfigureAwait(false);
            await WarnAsync(session.CertificateProblem).ConfigureAwait(false);
            await WatchAsync(session, cancel).ConfigureAwait(false);
        }
    }

    private async Task WatchAsync(MailSession session, CancellationToken cancel)
    {
        using var done = new CancellationTokenSource();
        if ((Duration ?? Until - DateTimeOffset.Now) is { } time)
            done.CancelAfter(time > TimeSpan.Zero ? time : TimeSpan.Zero);
        var left = Count ?? int.MaxValue;
        var options = new ImapWatchOptions
        {
            Folders = _folders,
            Reading = new ImapReading { Content = Body ? ImapContent.Whole : ImapContent.Listing },
            IncludesExisting = IncludeExisting,
            Since = Since,
            Poll = TimeSpan.FromSeconds(PollSeconds),
            Tell = async message =>
            {
                await OutputAsync(message).ConfigureAwait(false);
                if (--left == 0)
                    await done.CancelAsync().ConfigureAwait(false);
            },
            Warn = text => WarningAsync(text).AsTask(),
            Fail = (folder, thrown) => ErrorAsync(thrown, folder).AsTask(),
            Note = text => VerboseAsync(text).AsTask(),
        };
        await new ImapWatch(session, options, TimeProvider.System).RunAsync(done.Token, cancel).ConfigureAwait(false);
    }

    private void Refuse(string problem) =>
        ThrowTerminatingError(ErrorRecords.Finding("InvalidArgument", ErrorCategory.InvalidArgument, problem, targetObject: null));
}
