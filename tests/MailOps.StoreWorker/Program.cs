using System.Globalization;
using MailOps.Maildir;
using MailOps.Maildir.Disk;
using MailOps.StoreWorker;

// Works on a store until it is killed, and reports on standard output what it begins and what it was promised.
// Arguments: the store's directory, a name that no worker had before, a seed, how many writers.
var (root, name) = (args[0], args[1]);
var seed = int.Parse(args[2], CultureInfo.InvariantCulture);
var writers = int.Parse(args[3], CultureInfo.InvariantCulture);

var report = new Report(Console.OpenStandardOutput());
try
{
    // As the owner of the store's directory, if another program works in it as that user.
    IMaildirDisk disk = OperatingSystem.IsLinux() ? new LinuxDisk() : new PortableDisk();
    await using var store = new MaildirStore(root, new MaildirStoreOptions(), OwnersDisk.Wrap(disk, root));
    await Task.WhenAll(Enumerable.Range(0, writers).Select(i => Task.Run(() => new Writer(store, report, $"{name}w{i}", new Random(seed + i)).RunAsync())));
}
catch (Exception error)
{
    report.Say("error", error.ToString().ReplaceLineEndings(" | "));
    return 1;
}

return 0;
