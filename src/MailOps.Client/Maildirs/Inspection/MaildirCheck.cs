namespace MailOps.Client.Maildirs.Inspection;

/// <summary>Looks for one kind of damage in a folder.</summary>
internal abstract class MaildirCheck
{
    private const int MostNamed = 10;

    /// <summary>A stable name; scripts filter by it.</summary>
    internal abstract string Name { get; }

    /// <summary>What it means that nothing was found, as a sentence.</summary>
    internal abstract string Passed { get; }

    /// <summary>What says how it should be.</summary>
    internal virtual string Source => "";

    /// <summary>True if nothing is seen where one folder cannot be looked at.</summary>
    internal virtual bool NeedsAllFolders => false;

    internal abstract IEnumerable<Damage> Look(FolderScan folder);

    private protected static string Some(IReadOnlyList<string> names) =>
        names.Count <= MostNamed ? string.Join(", ", names) : $"{string.Join(", ", names.Take(MostNamed))} and {names.Count - MostNamed} more";

    private protected static string Count(int count, string one, string many) => count == 1 ? "1 " + one : $"{count} {many}";
}
