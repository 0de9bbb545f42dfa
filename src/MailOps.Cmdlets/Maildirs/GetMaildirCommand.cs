using System.Management.Automation;
using MailOps.Client.Maildirs;
using MailOps.Maildir;

namespace MailOps.Cmdlets.Maildirs;

/// <summary>Lists the folders of Maildirs with their counts, sizes and dates.</summary>
/// <para>Opens the Maildir of any program where it lies, with Maildir++ folders (.Archive.2026) or nested ones (Archive/2026), and
/// changes nothing in it: a server may use it at the same time, and it may lie where nothing can be written. UidValidity and UidNext are
/// those of the folder's dovecot-uidlist.</para>
/// <para>Errors: MaildirNotFound (with what is there instead), FolderNotFound, StoreNotWritable.</para>
/// <example><code>Get-Maildir ~/Maildir</code><para>Lists the folders of a Maildir.</para></example>
/// <example><code>Get-MailAccount -StorePath ./store | Get-Maildir | Sort-Object FolderSize -Descending -Top 10</code><para>Finds the ten largest folders of all accounts of a store.</para></example>
/// <example><code>Get-Maildir ~/mail -Layout Fs</code><para>Lists the nested folders of a Maildir in which another program has left a Maildir++ folder as well.</para></example>
/// <example><code>Get-Maildir ~/Maildir -Folder 'Archive/*' | Measure-Object ItemsInFolder -Sum</code><para>Counts the messages in all folders below Archive.</para></example>
[Cmdlet(VerbsCommon.Get, "Maildir")]
[OutputType(typeof(MaildirFolder))]
public sealed class GetMaildirCommand : MaildirCommand
{
    /// <summary>Names of folders, with wildcards; levels are parted by slashes. All folders unless it is given.</summary>
    [Parameter(Position = 1)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Folder { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var (folders, layout) = (Folder, Layout);
        Start(Places(), async (path, cancel) =>
        {
            // One folder that cannot be read is an error of its own.
            var failures = new List<MailStoreException>();
            foreach (var folder in MaildirReader.Folders(path, folders, layout, failures))
            {
                cancel.ThrowIfCancellationRequested();
                await OutputAsync(folder).ConfigureAwait(false);
            }

            foreach (var failure in failures)
                await ErrorAsync(failure, path).ConfigureAwait(false);
        });
    }
}
