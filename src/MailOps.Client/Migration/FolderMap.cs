namespace MailOps.Client.Migration;

/// <summary>Where folders of the source go that are to go elsewhere than to their own name.</summary>
/// <remarks>
/// A rule is a path and another, with <c>/</c> between levels: the folder of the one goes to the other. One that ends with <c>/*</c> is about all below a
/// folder, and its target ends in the same way: <c>Old/*</c> to <c>Archive/2019/*</c>. The rule of the folder itself goes before rules of those
/// above it, and a longer one before a shorter one. Two folders may go to one.
/// </remarks>
public sealed class FolderMap
{
    private const string Below = "/*";

    private readonly Dictionary<string, string[]> _exact = new(StringComparer.Ordinal);
    private readonly List<(string From, string[] To)> _below = [];

    /// <summary>Makes a map.</summary>
    /// <param name="rules">The rules: from which path, to which.</param>
    /// <exception cref="FormatException">A rule is none; the message says which.</exception>
    public FolderMap(IEnumerable<KeyValuePair<string, string>> rules)
    {
        foreach (var (from, to) in rules)
        {
            var isBelow = from.EndsWith(Below, StringComparison.Ordinal);
            var isTo = to == "*" || to.EndsWith(Below, StringComparison.Ordinal);
            var bare = isBelow ? from[..^Below.Length] : from;
            var levels = (isTo ? to[..^Math.Min(to.Length, Below.Length)] : to).Split('/', to == "*" ? StringSplitOptions.RemoveEmptyEntries : StringSplitOptions.None);
            if (isBelow != isTo || bare.Length == 0 || bare.Contains('*', StringComparison.Ordinal) || levels.Any(level => level.Length == 0 || level.Contains('*', StringComparison.Ordinal)))
                throw new FormatException($"'{from}' to '{to}' is no rule for folders: give two paths such as 'Sent Items' and 'Sent', or two that end with /* such as 'Old/*' and 'Archive/Old/*'.");
            if (isBelow)
                _below.Add((bare + "/", levels));
            else
                _exact[Normal(from)] = levels;
        }

        _below.Sort((one, other) => other.From.Length.CompareTo(one.From.Length));
    }

    /// <summary>Where a folder goes; null if no rule is about it.</summary>
    public IReadOnlyList<string>? Find(MailFolder folder)
    {
        if (_exact.TryGetValue(Normal(folder.Path), out var exact))
            return exact;
        foreach (var (from, to) in _below)
        {
            if (folder.Path.StartsWith(from, StringComparison.Ordinal))
                return [.. to, .. folder.Path[from.Length..].Split('/')];
        }

        return null;
    }

    private static string Normal(string path) => MailFolder.IsInboxName(path) ? "INBOX" : path;
}
