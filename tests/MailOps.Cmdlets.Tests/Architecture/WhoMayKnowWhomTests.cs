using System.Reflection.Metadata;
using Xunit;

namespace MailOps.Cmdlets.Tests.Architecture;

/// <summary>The rules of docs/architecture.md, held against the assemblies that were built.</summary>
public sealed class WhoMayKnowWhomTests
{
    private const string PowerShell = "System.Management.Automation";

    // Each room of the server, and the rooms it may know besides itself.
    private static readonly Dictionary<string, string[]> Floors = new(StringComparer.Ordinal)
    {
        ["Connections"] = [],
        ["Accounts"] = ["Connections"],
        ["Queue"] = ["Accounts", "Connections"],
        ["Smtp"] = ["Queue", "Accounts", "Connections"],
        ["Pop3"] = ["Queue", "Accounts", "Connections"],
        ["Imap"] = ["Queue", "Accounts", "Connections"],
        ["Tracking"] = ["Queue", "Accounts", "Connections"],
        ["Hosting"] = ["Tracking", "Smtp", "Pop3", "Imap", "Queue", "Accounts", "Connections"],
    };

    // Where a host's synchronous call has to wait, and for how long is bounded: the pump, and the end of the module.
    private static readonly string[] MayWait = ["MailOps.Cmdlets.Runtime.PipelinePump", "MailOps.Cmdlets.Runtime.ModuleLifetime"];

    private static readonly string[] Blocking =
    [
        "System.Threading.Tasks.Task.Wait",
        "System.Threading.Tasks.Task.WaitAll",
        "System.Threading.Tasks.Task.WaitAny",
        "System.Threading.Thread.Sleep",
    ];

    [Theory]
    [InlineData("MailOps.Core")]
    [InlineData("MailOps.Client", "MailOps.Core")]
    [InlineData("MailOps.Server", "MailOps.Core")]
    [InlineData("MailOps.Cmdlets", "MailOps.Client", "MailOps.Server", "MailOps.Core")]
    public void Each_assembly_knows_only_ours_below_it(string name, params string[] below)
    {
        using var assembly = BuiltAssembly.Open(name);
        Assert.Empty(assembly.References.Where(reference => reference.StartsWith("MailOps.", StringComparison.Ordinal)).Except(below, StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("MailOps.Core")]
    [InlineData("MailOps.Client")]
    [InlineData("MailOps.Server")]
    public void Only_the_cmdlets_know_PowerShell(string name)
    {
        using var assembly = BuiltAssembly.Open(name);
        Assert.DoesNotContain(PowerShell, assembly.References, StringComparer.Ordinal);
    }

    [Fact]
    public void The_cmdlet_assembly_references_PowerShell_the_framework_and_ours_and_no_dependency()
    {
        using var assembly = BuiltAssembly.Open("MailOps.Cmdlets");
        Assert.Contains(PowerShell, assembly.References, StringComparer.Ordinal);
        var framework = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        Assert.All(assembly.References, reference => Assert.True(
            reference == PowerShell || reference.StartsWith("MailOps.", StringComparison.Ordinal) || File.Exists(Path.Combine(framework, reference + ".dll")),
            reference));
    }

    [Fact]
    public void The_server_has_no_room_without_a_floor()
    {
        using var server = BuiltAssembly.Open("MailOps.Server");
        var rooms = server.Uses().Select(use => RoomOf(use.User)).OfType<string>().Distinct(StringComparer.Ordinal);
        Assert.Empty(rooms.Except(Floors.Keys, StringComparer.Ordinal));
    }

    [Fact]
    public void In_the_server_nobody_knows_a_floor_above_and_no_protocol_knows_another()
    {
        using var server = BuiltAssembly.Open("MailOps.Server");
        var wrong = server.Uses()
            .Select(use => (use.User, use.Used, From: RoomOf(use.User), To: RoomOf(use.Used)))
            .Where(use => use.From is not null && use.To is not null && use.From != use.To && !Floors.GetValueOrDefault(use.From, []).Contains(use.To, StringComparer.Ordinal))
            .Select(use => $"{use.User} uses {use.Used}")
            .Distinct(StringComparer.Ordinal);
        Assert.Empty(wrong);
    }

    [Theory]
    [InlineData("MailOps.Core")]
    [InlineData("MailOps.Client")]
    [InlineData("MailOps.Server")]
    [InlineData("MailOps.Cmdlets")]
    public void Nothing_blocks_a_thread(string name)
    {
        using var assembly = BuiltAssembly.Open(name);
        var wrong = assembly.Calls().Where(call => Blocking.Contains(call.Method, StringComparer.Ordinal) && !MayWait.Contains(call.User, StringComparer.Ordinal));
        Assert.Empty(wrong.Select(call => $"{call.User} calls {call.Method}").Distinct(StringComparer.Ordinal));
    }

    [Fact]
    public void The_walker_sees_what_is_there()
    {
        using var cmdlets = BuiltAssembly.Open("MailOps.Cmdlets");
        Assert.Contains(("MailOps.Cmdlets.Runtime.MailCmdlet", "MailOps.Cmdlets.Runtime.PipelinePump"), cmdlets.Uses());
        Assert.Contains(cmdlets.Calls(), call => call is { User: "MailOps.Cmdlets.Runtime.PipelinePump", Method: "System.Threading.Tasks.Task.Run" });
    }

    // PowerShell looks at every exported type before it runs the module's initializer, which says where our other assemblies
    // are. A base type or a field of a value type from there would need them for the layout of the class, and the import fails.
    [Fact]
    public void Exported_types_of_the_cmdlets_can_be_laid_out_without_our_other_assemblies()
    {
        using var cmdlets = BuiltAssembly.Open("MailOps.Cmdlets");
        var metadata = cmdlets.Metadata;
        var names = new TypeNames();
        var wrong = new List<string>();
        foreach (var handle in metadata.TypeDefinitions)
        {
            var type = metadata.GetTypeDefinition(handle);
            var name = names.OuterName(metadata, handle);
            if (!type.BaseType.IsNil && names.OfEntity(metadata, type.BaseType).Any(IsElsewhere) && type.GetDeclaringType().IsNil)
                wrong.Add($"{name} is based on a type of another assembly of ours");

            if (!type.GetDeclaringType().IsNil)
                continue;

            foreach (var fieldHandle in type.GetFields())
            {
                var field = metadata.GetFieldDefinition(fieldHandle);
                if (!field.Attributes.HasFlag(System.Reflection.FieldAttributes.Static) && field.DecodeSignature(new ValueTypesOnly(), genericContext: null).Any(IsElsewhere))
                    wrong.Add($"{name} has the field {metadata.GetString(field.Name)} of a value type of another assembly of ours: keep it as its number");
            }
        }

        Assert.Empty(wrong);

        static bool IsElsewhere(string name) =>
            name.StartsWith("MailOps.", StringComparison.Ordinal) && !name.StartsWith("MailOps.Cmdlets.", StringComparison.Ordinal);
    }

    private static string? RoomOf(string type)
    {
        var parts = type.Split('.');
        return parts is ["MailOps", "Server", var room, _, ..] ? room : null;
    }
}
