using System.Reflection;
using System.Runtime.Loader;

namespace MailOps.Cmdlets.Runtime;

/// <summary>
/// Where our own assemblies and everything they depend on live: apart from the session's, so that another module's
/// MimeKit, older, newer or of the same version, is never ours and ours never its.
/// </summary>
internal sealed class DependencyContext : AssemblyLoadContext
{
    private readonly string _folder;

    private DependencyContext(string folder)
        : base("MailOps") => _folder = folder;

    /// <summary>The one context of this process; it outlives the module, since loaded code cannot be replaced.</summary>
    public static DependencyContext Instance { get; } = new(Path.Combine(
        Path.GetDirectoryName(typeof(DependencyContext).Assembly.Location)!,
        "Dependencies"));

    /// <summary>Answers the session's context for our names alone; what is asked for by others is none of our business.</summary>
    public static Assembly? Resolve(AssemblyLoadContext asking, AssemblyName name) =>
        name.Name is "MailOps.Core" or "MailOps.Client" or "MailOps.Server" ? Instance.LoadFromAssemblyName(name) : null;

    /// <inheritdoc/>
    protected override Assembly? Load(AssemblyName assemblyName)
    {
        var file = Path.Combine(_folder, assemblyName.Name + ".dll");
        return File.Exists(file) ? LoadFromAssemblyPath(file) : null;
    }
}
