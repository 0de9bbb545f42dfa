using MailKit;

namespace MailOps.Client.Mailboxes;

/// <summary>What folders are for (RFC 6154), as the library has it and as it stands in the protocol.</summary>
public static class SpecialUse
{
    private static readonly (FolderAttributes Attribute, SpecialFolder Folder, string Name)[] Known =
    [
        (FolderAttributes.All, SpecialFolder.All, "\\All"),
        (FolderAttributes.Archive, SpecialFolder.Archive, "\\Archive"),
        (FolderAttributes.Drafts, SpecialFolder.Drafts, "\\Drafts"),
        (FolderAttributes.Flagged, SpecialFolder.Flagged, "\\Flagged"),
        (FolderAttributes.Important, SpecialFolder.Important, "\\Important"),
        (FolderAttributes.Junk, SpecialFolder.Junk, "\\Junk"),
        (FolderAttributes.Sent, SpecialFolder.Sent, "\\Sent"),
        (FolderAttributes.Trash, SpecialFolder.Trash, "\\Trash"),
    ];

    /// <summary>The names, with their backslashes.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Known.Select(one => one.Name)];

    /// <summary>The use of a folder with these attributes, or null.</summary>
    internal static string? Of(FolderAttributes attributes) => Array.Find(Known, one => attributes.HasFlag(one.Attribute)).Name;

    /// <summary>The library's word for a use.</summary>
    internal static SpecialFolder FolderOf(string name) => Known.Single(one => one.Name == name).Folder;
}
