using System.Management.Automation;
using MailOps.Client.Migration;
using MailOps.Client.Migration.Journal;
using MailOps.Cmdlets.Runtime;

namespace MailOps.Cmdlets.Migration;

/// <summary>Copies a mailbox to another: all folders and messages, octet for octet, with flags, keywords, dates and subscriptions.</summary>
/// <para>It can be stopped at any moment, by Ctrl+C, a kill or a cut line, and run again: what is on the target is not copied twice. What was
/// done is noted in a journal, before and after each message; what a target has that no journal tells of is found by its content, so
/// that a lost journal costs time and doubles nothing. A second run copies what came since; with Mirror it also carries flags that changed, and
/// with RemoveDeleted it removes copies of what is gone from the source. Nothing is changed or deleted on the source, and without
/// RemoveDeleted nothing on the target.</para>
/// <para>Folders keep their names, written as the target has them: its separator, its prefix. A folder with a special use (Sent, Drafts,
/// Trash, Junk, Archive) goes to the target's folder for that use, whatever its name. What a name cannot have there becomes _.</para>
/// <para>Gmail's folders are labels of one set of messages. From there a message arrives in the folder of each of its labels (GmailLabels has other ways), and All Mail
/// gives what has no label to the archive, so that nothing is doubled. To there, a message that the account has already, octet for octet, gets the label and is not sent again.</para>
/// <para>From a POP3 server (pop3s://) the one folder that there is goes into the INBOX. Messages are known by their unique ids, and where a server changes those,
/// or has none, by their octets. POP3 tells neither flags nor dates: a message gets the date that the server wrote into its topmost Received field, or that of its sender.</para>
/// <para>A message that the target refuses is kept as a file in QuarantinePath, counted and listed with the server's words, and the others go on;
/// RetryRefused tries it again. A folder that cannot be copied to its end makes the Status Failed, says why in a warning and in Folders, and the others go on.</para>
/// <para>Files of mbox and eml keep flags, keywords, dates, special uses and subscriptions as well: in Status, X-Status and X-Keywords of an mbox
/// file, and in .mailops-messages and .mailops-folders beside the others. A folder of mbox files has NAME.mbox, with those below it in NAME;
/// trees of Thunderbird (NAME.sbd) and Apple's Mail (NAME.mbox/mbox) are read as well.</para>
/// <para>Errors: CredentialMissing, InvalidArgument for an address, JournalInUse, and those of connections and logins.</para>
/// <example><code>Copy-Mailbox imaps://ann@old.example.com/ imaps://ann@new.example.com/ -FromCredential $old -ToCredential $new</code><para>Moves house. Run it again at the end to bring what came meanwhile.</para></example>
/// <example><code>Copy-Mailbox imaps://ann@mail.example.com/ maildir:./backup/ann -FromCredential $ann -Exclude Trash, Junk</code><para>Keeps a copy on disk, which grows with each run.</para></example>
/// <example><code>Copy-Mailbox pop3s://ann@old.example.com/ imaps://ann@new.example.com/ -FromCredential $old -ToCredential $new</code><para>Brings the mail of a server that speaks POP3 alone.</para></example>
/// <example><code>Copy-Mailbox $from $to -FromCredential $old -ToCredential $new -Mirror -RemoveDeleted</code><para>Run each night, it keeps the target as the source is.</para></example>
/// <example><code>Copy-Mailbox $from $to -FromCredential $old -ToCredential $new -FolderMap @{ 'Sent Items' = 'Sent'; 'Public/*' = 'Archive/Public/*' } -Since 2024-01-01 -NotFlag Deleted</code><para>Copies what came since then, and puts folders in other places.</para></example>
/// <example><code>Copy-Mailbox imaps://ann@imap.gmail.com/ imaps://ann@new.example.com/ -FromAccessToken $token -ToCredential $new -GmailLabels Keywords</code><para>Leaves Gmail: each message once, in INBOX, Sent, Drafts or Archive, with its labels as keywords.</para></example>
/// <example><code>Copy-Mailbox 'mbox:./Takeout/Mail' imaps://ann@new.example.com/ -ToCredential $new</code><para>Brings what another program or service gave away as mbox files.</para></example>
/// <example><code>Import-Csv users.csv | Select-Object From, To, @{ n = 'FromCredential'; e = { [pscredential]::new("$($_.User)*admin", $oldSecret) } }, @{ n = 'ToCredential'; e = { [pscredential]::new("$($_.User)*admin", $newSecret) } } | Copy-Mailbox | Where-Object Status -NE Completed | Select-Object -ExpandProperty Folders</code><para>Copies the mailboxes of a table by the login of a master user, as Dovecot has it, and shows what did not work.</para></example>
/// <example><code>Import-Csv users.csv | Select-Object From, To, @{ n = 'FromAuthorizationId'; e = { $_.User } }, @{ n = 'ToAuthorizationId'; e = { $_.User } } | Copy-Mailbox -FromCredential $oldAdmin -ToCredential $newAdmin</code><para>Copies the mailboxes of a table by the logins of administrators who may act as their users.</para></example>
[Cmdlet(VerbsCommon.Copy, "Mailbox", SupportsShouldProcess = true)]
[OutputType(typeof(MailboxCopyResult))]
public sealed partial class CopyMailboxCommand : MailboxPairCmdlet
{
    /// <summary>The mailbox that is copied: imaps://user@server/, imap://user@server/ (STARTTLS), imap+plain://user@server/ (without TLS), pop3s://, pop3:// or pop3+plain:// in the same way, maildir:PATH, mbox:PATH (a file, or a folder of such files) or eml:PATH (a folder of files with a message each).</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(MailboxLocationCompleter))]
    [ValidateMailboxLocation]
    public string From { get; set; } = "";

    /// <summary>The mailbox that it is copied to, named in the same way, but for POP3, which takes no messages. Files are made if they are not there; mbox:PATH is one file for the inbox if PATH ends with .mbox, else a folder.</summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(MailboxLocationCompleter))]
    [ValidateMailboxLocation]
    public string To { get; set; } = "";

    /// <summary>The login of the source.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Credential]
    public PSCredential? FromCredential { get; set; }

    /// <summary>The OAuth access token of the source, in the place of a login, for the account that its address names: a string, a SecureString, or a script block that writes one and gets the account as its first argument. It is called again when the server refuses what it gave, so that a copy outlives its first token.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNull]
    public object? FromAccessToken { get; set; }

    /// <summary>Whose mailbox the source is, where its login is that of an administrator who may act as others (RFC 4422, authorization identity): a master passdb of Dovecot, proxyservers or admins of Cyrus. It goes by PLAIN or SCRAM; a server that offers neither is told so by an error.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string? FromAuthorizationId { get; set; }

    /// <summary>The login of the target.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Credential]
    public PSCredential? ToCredential { get; set; }

    /// <summary>The OAuth access token of the target, in the place of a login, for the account that its address names: a string, a SecureString, or a script block that writes one and gets the account as its first argument. It is called again when the server refuses what it gave, so that a copy outlives its first token.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNull]
    public object? ToAccessToken { get; set; }

    /// <summary>Whose mailbox the target is, where its login is that of an administrator who may act as others (RFC 4422, authorization identity): a master passdb of Dovecot, proxyservers or admins of Cyrus. It goes by PLAIN or SCRAM; a server that offers neither is told so by an error.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string? ToAuthorizationId { get; set; }

    /// <summary>The file in which it is noted what was copied; one for each pair of mailboxes. Unless given, one in the user's data folder whose name is made of the two addresses.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string? JournalPath { get; set; }

    /// <summary>The folder in which messages that the target refuses are kept; beside the journal unless given. It is made when there is one.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? QuarantinePath { get; set; }

    /// <summary>A file that gets a line of JSON for each message: time, result (copied, found or refused), folder, id, target, targetId, size, reason. What is there stays.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string? LogPath { get; set; }

    /// <summary>Tries messages again that the target refused in an earlier run.</summary>
    [Parameter]
    public SwitchParameter RetryRefused { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (Resolve((From, FromCredential, FromAccessToken, FromAuthorizationId, nameof(From)), (To, ToCredential, ToAccessToken, ToAuthorizationId, nameof(To))) is not var ((from, fromLogin), (to, toLogin)))
            return;
        if (to.IsBelow(from))
        {
            WriteError(ErrorRecords.From(new MigrationException(MigrationFault.TargetInSource, $"{to} lies in {from}: each run would copy what the one before has brought. Give a target beside it."), To));
            return;
        }

        if (MessageChoice.ProblemOf(this, from) is { } problem)
        {
            WriteError(ErrorRecords.From(new MigrationException(MigrationFault.KindNotSupported, problem), From));
            return;
        }

        var (map, filter, folders) = (Map(), MessageChoice.Filter(this), Patterns);
        if (!ShouldProcess(to.ToString(), $"Copy {from}"))
            return;
        var path = JournalPath is null ? JournalPlace.Of(from, to) : GetUnresolvedProviderPathFromPSPath(JournalPath);
        var quarantine = QuarantinePath is null ? path + ".quarantine" : GetUnresolvedProviderPathFromPSPath(QuarantinePath);
        var logPath = LogPath is null ? null : GetUnresolvedProviderPathFromPSPath(LogPath);
        Start([from], async Task (_, cancel) =>
        {
            await using var log = logPath is null ? null : new MessageLog(logPath, TimeProvider.System);
            await using var source = await OpenAsync(from, fromLogin, isMade: false, cancel, Query).ConfigureAwait(false);
            await using var target = await OpenAsync(to, toLogin, isMade: true, cancel).ConfigureAwait(false);
            await using var journal = CopyJournal.Open(path, from.ToString(), to.ToString());
            var options = new CopyOptions
            {
                IsWanted = folders.IsWanted,
                Connections = Connections,
                RetryRefused = RetryRefused,
                Map = map,
                Filter = filter,
                Mirrors = Mirror,
                RemovesDeleted = RemoveDeleted,
                QuarantinePath = quarantine,
                Log = log is null ? null : message => log.Add(message),
                Warn = WarningAsync,
                Tell = progress => ShowAsync($"Copying {from} to {to}", progress),
            };
            var result = await new MailboxCopier(source.Reader, target.Writer, journal, options, TimeProvider.System).RunAsync(cancel).ConfigureAwait(false);
            await WarnAsync(source, target).ConfigureAwait(false);
            foreach (var pattern in folders.Unused)
                await WarningAsync($"No folder of {from} fits -Include '{pattern}': nothing was copied for it.").ConfigureAwait(false);
            await TellAsync(result, quarantine).ConfigureAwait(false);
            await OutputAsync(result).ConfigureAwait(false);
        });
    }

    // The table of results has numbers alone: why a folder is not whole is what people look for.
    private async Task TellAsync(MailboxCopyResult result, string quarantine)
    {
        foreach (var folder in result.Folders.Where(folder => folder.Error is not null))
            await WarningAsync($"{folder.Folder} was not copied to its end: {folder.Error}").ConfigureAwait(false);
        if (result.RefusedMessages is { Count: > 0 and var count } refused)
            await WarningAsync($"{count} {(count == 1 ? "message was" : "messages were")} refused and kept in {quarantine}; the first: {refused[0].Reason.TrimEnd('.')}. -RetryRefused tries again.").ConfigureAwait(false);
    }
}
