using System.Management.Automation;
using MailOps.Client.Migration;
using MailOps.Client.Migration.Journal;
using MailOps.Cmdlets.Runtime;

namespace MailOps.Cmdlets.Migration;

/// <summary>Copies a mailbox to another: all folders and messages, octet for octet, with flags, keywords, dates and subscriptions.</summary>
/// <para>It can be stopped at any moment, by Ctrl+C, a kill or a cut line, and run again: what is on the target is not copied twice. What was
/// done is noted in a journal, before and after each message; what a target has that no journal tells of is found by its content, so
/// that a lost journal costs time and doubles nothing. A second run copies what came since. Nothing is changed or deleted on the source,
/// and nothing is deleted on the target.</para>
/// <para>Folders keep their names, written as the target has them: its separator, its prefix. A folder with a special use (Sent, Drafts,
/// Trash, Junk, Archive) goes to the target's folder for that use, whatever its name. What a name cannot have there becomes _.</para>
/// <para>A message that the target refuses is kept as a file in QuarantinePath, counted and listed with the server's words, and the others go on;
/// RetryRefused tries it again. A folder that cannot be copied to its end makes the Status Failed, says why, and the others go on.</para>
/// <para>Files of mbox and eml keep flags, keywords, dates, special uses and subscriptions as well: in Status, X-Status and X-Keywords of an mbox
/// file, and in .mailops-messages and .mailops-folders beside the others. A folder of mbox files has NAME.mbox, with those below it in NAME;
/// trees of Thunderbird (NAME.sbd) and Apple's Mail (NAME.mbox/mbox) are read as well.</para>
/// <para>Errors: CredentialMissing, InvalidArgument for an address, JournalInUse, and those of connections and logins.</para>
/// <example><code>Copy-Mailbox imaps://ann@old.example.com/ imaps://ann@new.example.com/ -FromCredential $old -ToCredential $new</code><para>Moves house. Run it again at the end to bring what came meanwhile.</para></example>
/// <example><code>Copy-Mailbox imaps://ann@mail.example.com/ maildir:./backup/ann -FromCredential $ann -Exclude Trash, Junk</code><para>Keeps a copy on disk, which grows with each run.</para></example>
/// <example><code>Copy-Mailbox 'mbox:./Takeout/Mail' imaps://ann@new.example.com/ -ToCredential $new</code><para>Brings what another program or service gave away as mbox files.</para></example>
/// <example><code>Import-Csv users.csv | Select-Object From, To, @{ n = 'FromCredential'; e = { [pscredential]::new("$($_.User)*admin", $oldSecret) } }, @{ n = 'ToCredential'; e = { [pscredential]::new("$($_.User)*admin", $newSecret) } } | Copy-Mailbox | Where-Object Status -NE Completed | Select-Object -ExpandProperty Folders</code><para>Copies the mailboxes of a table by the login of a master user, as Dovecot has it, and shows what did not work.</para></example>
[Cmdlet(VerbsCommon.Copy, "Mailbox", SupportsShouldProcess = true)]
[OutputType(typeof(MailboxCopyResult))]
public sealed class CopyMailboxCommand : MailboxPairCmdlet
{
    /// <summary>The mailbox that is copied: imaps://user@server/, imap://user@server/ (STARTTLS), imap+plain://user@server/ (without TLS), maildir:PATH, mbox:PATH (a file, or a folder of such files) or eml:PATH (a folder of files with a message each).</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(MailboxLocationCompleter))]
    [ValidateMailboxLocation]
    public string From { get; set; } = "";

    /// <summary>The mailbox that it is copied to, named in the same way. Files are made if they are not there; mbox:PATH is one file for the inbox if PATH ends with .mbox, else a folder.</summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(MailboxLocationCompleter))]
    [ValidateMailboxLocation]
    public string To { get; set; } = "";

    /// <summary>The login of the source.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Credential]
    public PSCredential? FromCredential { get; set; }

    /// <summary>The login of the target.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Credential]
    public PSCredential? ToCredential { get; set; }

    /// <summary>The file in which it is noted what was copied; one for each pair of mailboxes. Unless given, one in the user's data folder whose name is made of the two addresses.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string? JournalPath { get; set; }

    /// <summary>The folder in which messages that the target refuses are kept; beside the journal unless given. It is made when there is one.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? QuarantinePath { get; set; }

    /// <summary>Tries messages again that the target refused in an earlier run.</summary>
    [Parameter]
    public SwitchParameter RetryRefused { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (Resolve(From, FromCredential, To, ToCredential) is not var (from, to))
            return;
        var (fromLogin, toLogin) = (FromCredential, ToCredential);
        if (!ShouldProcess(to.ToString(), $"Copy {from}"))
            return;
        var path = JournalPath is null ? JournalPlace.Of(from, to) : GetUnresolvedProviderPathFromPSPath(JournalPath);
        var quarantine = QuarantinePath is null ? path + ".quarantine" : GetUnresolvedProviderPathFromPSPath(QuarantinePath);
        Start([from], async Task (_, cancel) =>
        {
            await using var source = await OpenAsync(from, fromLogin, nameof(FromCredential), isMade: false, cancel).ConfigureAwait(false);
            await using var target = await OpenAsync(to, toLogin, nameof(ToCredential), isMade: true, cancel).ConfigureAwait(false);
            await using var journal = CopyJournal.Open(path, from.ToString(), to.ToString());
            var options = new CopyOptions
            {
                IsWanted = IsWanted,
                Connections = Connections,
                RetryRefused = RetryRefused,
                QuarantinePath = quarantine,
                Warn = WarningAsync,
                Tell = progress => ShowAsync($"Copying {from} to {to}", progress),
            };
            var result = await new MailboxCopier(source.Reader, target.Writer, journal, options, TimeProvider.System).RunAsync(cancel).ConfigureAwait(false);
            await WarnAsync(source, target).ConfigureAwait(false);
            await OutputAsync(result).ConfigureAwait(false);
        });
    }
}
