using System.Collections;
using System.Globalization;
using System.Management.Automation;
using MailOps.Client.Maildirs;
using MailOps.Maildir;

namespace MailOps.Cmdlets.Maildirs;

/// <summary>Finds messages in Maildirs by flag, date, size, header, text or UID.</summary>
/// <para>Reads the Maildir of any program where it lies and changes nothing in it. A message's file is read when a field of its header, Raw
/// or Message is first asked for: finding by flag, date, size and UID reads no message. Messages come folder by folder in the order of
/// their UIDs; those that no program has numbered yet come last, with a Uid that is null.</para>
/// <para>Set-, Move- and Remove-MaildirMessage, Add-MaildirMessage (which copies to another Maildir) and Send-RawSmtp take what it
/// finds. Errors: MaildirNotFound, FolderNotFound.</para>
/// <example><code>Get-MaildirMessage ~/Maildir -NotFlag Seen</code><para>Shows the messages in INBOX that are not read.</para></example>
/// <example><code>Get-MaildirMessage ~/Maildir -Folder * -LargerThan 10MB -Before (Get-Date).AddYears(-1) | Move-MaildirMessage -Destination Archive -CreateFolder</code><para>Moves large old messages of all folders into an archive.</para></example>
/// <example><code>Get-MailAccount -StorePath ./store | Get-MaildirMessage -Header @{ Subject = 'invoice'; From = '*@contoso.com*' } -Since 2026-11-01</code><para>Searches the INBOX of all accounts.</para></example>
/// <example><code>Get-MaildirMessage -StorePath ./store -Account joe@contoso.com -Uid 12 | ForEach-Object { $_.Message.TextBody }</code><para>Reads the text of one message of an account.</para></example>
[Cmdlet(VerbsCommon.Get, "MaildirMessage")]
[OutputType(typeof(MaildirMessage))]
public sealed class GetMaildirMessageCommand : MaildirCommand
{
    /// <summary>Names of folders, with wildcards; levels are parted by slashes. INBOX unless it is given.</summary>
    [Parameter(Position = 1, ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Folder { get; set; } = [];

    /// <summary>The UIDs of the messages wanted. UIDs that are not there are passed over.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public uint[] Uid { get; set; } = [];

    /// <summary>Flags (Seen, Answered, Flagged, Deleted, Draft) and keywords that a message has, all of them.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(MessageFlagCompleter))]
    public string[] Flag { get; set; } = [];

    /// <summary>Flags and keywords of which a message has none.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(MessageFlagCompleter))]
    public string[] NotFlag { get; set; } = [];

    /// <summary>Messages that arrived then or later.</summary>
    [Parameter]
    public DateTimeOffset? Since { get; set; }

    /// <summary>Messages that arrived earlier.</summary>
    [Parameter]
    public DateTimeOffset? Before { get; set; }

    /// <summary>Messages with more octets, such as 10MB.</summary>
    [Parameter]
    public long? LargerThan { get; set; }

    /// <summary>Messages with fewer octets.</summary>
    [Parameter]
    public long? SmallerThan { get; set; }

    /// <summary>What stands in fields of the header, as @{ Subject = 'invoice' }: a pattern with * and ?, or text that is somewhere in the field. Without case, encoded words decoded.</summary>
    [Parameter]
    [ValidateNotNull]
    public Hashtable Header { get; set; } = [];

    /// <summary>Text that is somewhere in the header or in a text part, decoded. Without case.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Text { get; set; }

    /// <summary>How many messages of each Maildir at the most.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int? First { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var (folders, layout) = (Folder, Layout);
        var filter = new MaildirFilter
        {
            Uid = Uid.ToHashSet(),
            Flag = [.. Flag.Select(MessageFlags.Normal)],
            NotFlag = [.. NotFlag.Select(MessageFlags.Normal)],
            Since = Since,
            Before = Before,
            LargerThan = LargerThan,
            SmallerThan = SmallerThan,
            Header = Header.Cast<DictionaryEntry>().ToDictionary(field => TextOf(field.Key), field => TextOf(field.Value), StringComparer.OrdinalIgnoreCase),
            Text = Text,
            First = First,
        };
        Start(Places(), async (path, cancel) =>
        {
            // One folder or message that cannot be read is an error of its own.
            var failures = new List<MailStoreException>();
            foreach (var message in MaildirReader.Messages(path, folders, filter, layout, cancel, failures))
                await OutputAsync(message).ConfigureAwait(false);
            foreach (var failure in failures)
                await ErrorAsync(failure, path).ConfigureAwait(false);
        });
    }

    private static string TextOf(object? value) => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
}
