using System.Globalization;
using System.Text;

namespace MailOps.Client.Migration;

/// <summary>Where each folder of the source goes: to the one that serves the same purpose, else to the one of the same name, which is made if it is not there.</summary>
internal sealed class FolderPlan
{
    // Wildcards, separators and what some file systems and shells do not take.
    private const string Refused = "/\\%*?\"<>|:~&#^.[]{}`!";

    private readonly Dictionary<string, MailFolder> _there;
    private readonly HashSet<string> _taken = new(StringComparer.Ordinal);
    private readonly IMailboxWriter _target;
    private readonly FolderMap? _map;
    private readonly IReadOnlyDictionary<string, string> _places;

    private FolderPlan(IMailboxWriter target, IEnumerable<MailFolder> there, FolderMap? map, IReadOnlyDictionary<string, string> places)
    {
        (_target, _map, _places) = (target, map, places);
        _there = there.ToDictionary(folder => folder.Name, StringComparer.Ordinal);
    }

    /// <summary>For each folder of the source its place, those above others first.</summary>
    public IReadOnlyList<PlannedFolder> Folders { get; private set; } = [];

    /// <summary>Plans.</summary>
    /// <param name="source">The folders of the source that are to be copied.</param>
    /// <param name="target">The target.</param>
    /// <param name="there">The folders that it has.</param>
    /// <param name="map">What is to go elsewhere; null for nothing.</param>
    /// <param name="places">Where folders went in earlier runs, by their names; null for none.</param>
    public static FolderPlan Of(IReadOnlyList<MailFolder> source, IMailboxWriter target, IEnumerable<MailFolder> there, FolderMap? map = null, IReadOnlyDictionary<string, string>? places = null)
    {
        var plan = new FolderPlan(target, there, map, places ?? new Dictionary<string, string>(StringComparer.Ordinal));
        // A folder keeps the place that it had, whatever has come to the source since.
        plan._taken.UnionWith(source.Select(plan.Former).OfType<string>());
        // What has a purpose comes before what only has the name.
        plan.Folders = [.. source
            .OrderBy(folder => folder.IsInbox ? 0 : folder.SpecialUse is not null ? 1 : 2)
            .ThenBy(folder => folder.Levels.Count)
            .ThenBy(folder => folder.Path, StringComparer.Ordinal)
            .Select(plan.Place)
            .OrderBy(folder => folder.Source.Levels.Count)];
        return plan;
    }

    /// <summary>The place of a folder whose name the target refuses: without all that servers refuse in names, and no INBOX below another.</summary>
    /// <returns>Null if there is nothing of the kind in it.</returns>
    public PlannedFolder? Plainer(PlannedFolder folder)
    {
        var own = folder.Source.Place ?? folder.Source.Levels;
        IReadOnlyList<string> levels = [.. own.Select(level => string.Concat(level.Trim().EnumerateRunes().Select(rune => IsRefused(rune) ? "_" : rune.ToString()))).Select((level, depth) => depth > 0 && MailFolder.IsInboxName(level) ? level + "_" : level)];
        if (levels.SequenceEqual(own, StringComparer.Ordinal) || folder.Target == _target.NameOf(levels))
            return null;
        var name = Free(levels);
        if (name == folder.Target)
            return null;
        _taken.Add(name);
        return folder with { Target = name, There = _there.GetValueOrDefault(name) };
    }

    // Courier knows no more than 16 bits of Unicode in names.
    private static bool IsRefused(Rune rune) => !rune.IsBmp || Refused.Contains((char)rune.Value, StringComparison.Ordinal);

    private PlannedFolder Place(MailFolder folder)
    {
        if (Former(folder) is { } former)
            return new PlannedFolder(folder, former, _there.GetValueOrDefault(former));
        if (_map?.Find(folder) is { } levels)
        {
            // Others may go there too: that was asked for.
            var mapped = _target.NameOf(levels);
            return new PlannedFolder(folder, mapped, _there.GetValueOrDefault(mapped));
        }

        var sameUse = folder.SpecialUse is null ? null : _there.Values.FirstOrDefault(one => IsFor(folder, one) && one.HoldsMessages && !_taken.Contains(one.Name));
        var name = sameUse?.Name ?? Free(folder.Place ?? folder.Levels);
        _taken.Add(name);
        return new PlannedFolder(folder, name, _there.GetValueOrDefault(name));
    }

    // All Mail is what is archived, and of one account of Gmail's kind to another it is All Mail. An archive of others is a label there, which All Mail does not tell.
    private bool IsFor(MailFolder folder, MailFolder one) => _target.HasLabels
        ? folder.IsAllMail ? one.IsAllMail || one.SpecialUse == "\\All" : !one.IsAllMail && one.SpecialUse == folder.SpecialUse
        : one.SpecialUse == folder.SpecialUse;

    private string? Former(MailFolder folder) => _map?.Find(folder) is null ? _places.GetValueOrDefault(folder.Name) : null;

    // Two names of the source may be one here: without what cannot stand in it, or because the folder of that name serves another purpose.
    private string Free(IReadOnlyList<string> levels)
    {
        var name = _target.NameOf(levels);
        for (var number = 2; _taken.Contains(name); number++)
            name = _target.NameOf([.. levels.SkipLast(1), string.Create(CultureInfo.InvariantCulture, $"{levels[^1]} ({number})")]);
        return name;
    }
}
