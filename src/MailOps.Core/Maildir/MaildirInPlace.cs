using MailOps.Maildir.Disk;
using MailOps.Maildir.Layouts;

namespace MailOps.Maildir;

/// <summary>
/// A Maildir of any program, opened where it lies, with the folders in it: what cmdlets and migrations work on. Other programs, and a server of
/// this process, may use it at the same time. What is on its way in lies in the Maildir's own <c>tmp</c>; files that are made belong to
/// the owner of the Maildir, with the rights that its directories have.
/// </summary>
public sealed class MaildirInPlace : IAsyncDisposable
{
    private readonly MaildirStore _store;

    private MaildirInPlace(MaildirStore store, string path, MaildirLayout layout, IMailAccount account)
    {
        _store = store;
        Path = path;
        Layout = layout;
        Account = account;
    }

    /// <summary>Its directory, which is its INBOX.</summary>
    public string Path { get; }

    /// <summary>How its other mailboxes lie in it.</summary>
    public MaildirLayout Layout { get; }

    /// <summary>Its mailboxes. The name is the directory's.</summary>
    public IMailAccount Account { get; }

    internal MaildirStore Store => _store;

    /// <summary>Opens a Maildir that is there.</summary>
    /// <param name="path">The directory with <c>cur</c>, <c>new</c> and <c>tmp</c> in it.</param>
    /// <param name="options">How it is worked on; null for the defaults, with the layout that is found.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <exception cref="MailStoreException">There is no Maildir, with what there is instead; or it cannot be read.</exception>
    public static ValueTask<MaildirInPlace> OpenAsync(string path, MaildirStoreOptions? options, CancellationToken cancel) =>
        OpenAsync(path, options ?? new MaildirStoreOptions(), isMade: false, cancel);

    /// <summary>Opens a Maildir, and makes it if nothing is there or an empty directory.</summary>
    /// <inheritdoc cref="OpenAsync(string, MaildirStoreOptions?, CancellationToken)"/>
    public static ValueTask<MaildirInPlace> CreateAsync(string path, MaildirStoreOptions? options, CancellationToken cancel) =>
        OpenAsync(path, options ?? new MaildirStoreOptions(), isMade: true, cancel);

    /// <summary>Starts taking in one message, for <see cref="IMailAccount.AppendAsync(string, IReadOnlyList{MessageToAppend}, CancellationToken)"/> of <see cref="Account"/>.</summary>
    public IDelivery BeginDelivery() => _store.BeginDelivery();

    /// <summary>Finishes what waits for the disk.</summary>
    public ValueTask DisposeAsync() => _store.DisposeAsync();

    private static async ValueTask<MaildirInPlace> OpenAsync(string path, MaildirStoreOptions options, bool isMade, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        var root = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path));
        IMaildirDisk disk = OperatingSystem.IsLinux() ? new LinuxDisk() : new PortableDisk();
        MaildirStore? store = null;
        try
        {
            if (isMade)
                MaildirRoot.MakeIfMissing(disk, root);
            else
                MaildirRoot.Require(disk, root);
            disk = OwnersDisk.Wrap(disk, root);
            MakeReady(disk, root);
            if (isMade && options.Layout == MaildirLayout.Fs)
                LayoutDetection.MarkNested(disk, root);
            var layout = options.Layout ?? LayoutDetection.Detect(disk, root);
            store = new MaildirStore(root, root, layout, options, disk);
            return new MaildirInPlace(store, root, layout, await store.OpenAccountAsync(root, cancel));
        }
        catch
        {
            if (store is null)
                disk.Dispose();
            else
                await store.DisposeAsync();
            throw;
        }
    }

    // Backups and archives lose empty directories. Where nothing may be written, there is nothing to prepare.
    private static void MakeReady(IMaildirDisk disk, string root)
    {
        var tmp = System.IO.Path.Join(root, "tmp");
        try
        {
            if (disk.Stat(tmp) is null)
                disk.CreateDirectory(tmp);
            Leftovers.RemoveFromMaildir(disk, tmp);
        }
        catch (MailStoreException e) when (e.Fault == StoreFault.NotWritable)
        {
        }
    }
}
