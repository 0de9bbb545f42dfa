namespace MailOps.Core.Tests.Maildir.Beside;

/// <summary>All that a program tells of an account: its mailboxes that can be selected, and the subscriptions.</summary>
internal sealed record AccountState(IReadOnlyDictionary<string, FolderState> Folders, IReadOnlyList<string> Subscribed)
{
    /// <summary>A line for each fact, for comparing and showing.</summary>
    internal List<string> Lines()
    {
        List<string> lines = [.. Subscribed.Order(StringComparer.Ordinal).Select(name => $"subscribed {name}")];
        foreach (var (name, folder) in Folders.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            lines.Add(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{name}: UIDVALIDITY {folder.UidValidity} UIDNEXT {folder.UidNext} GUID {folder.Guid}"));
            lines.AddRange(folder.Messages.Select(message => $"{name}: {message}"));
        }

        return lines;
    }

    /// <summary>What two programs tell differently; empty if they agree.</summary>
    internal static List<string> Differences(string one, AccountState byOne, string other, AccountState byOther)
    {
        var (first, second) = (byOne.Lines(), byOther.Lines());
        return [.. first.Except(second, StringComparer.Ordinal).Select(line => $"{one}: {line}"), .. second.Except(first, StringComparer.Ordinal).Select(line => $"{other}: {line}")];
    }
}
