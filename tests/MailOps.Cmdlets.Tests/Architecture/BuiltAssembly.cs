using System.Collections.Immutable;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace MailOps.Cmdlets.Tests.Architecture;

/// <summary>One of our assemblies as the compiler left it: which assemblies it references, and which of its types use which others.</summary>
internal sealed class BuiltAssembly : IDisposable
{
    private readonly PEReader _file;

    private BuiltAssembly(string path)
    {
        _file = new PEReader(File.OpenRead(path));
        Metadata = _file.GetMetadataReader();
    }

    public MetadataReader Metadata { get; }

    public static BuiltAssembly Open(string name) => new(Path.Combine(AppContext.BaseDirectory, name + ".dll"));

    public IReadOnlyList<string> References =>
        [.. Metadata.AssemblyReferences.Select(handle => Metadata.GetString(Metadata.GetAssemblyReference(handle).Name)).Order(StringComparer.Ordinal)];

    /// <summary>Every use of a type by another: base types, signatures, locals, and what method bodies touch.</summary>
    public IEnumerable<(string User, string Used)> Uses()
    {
        var provider = new TypeNames();
        foreach (var typeHandle in Metadata.TypeDefinitions)
        {
            var type = Metadata.GetTypeDefinition(typeHandle);
            var user = provider.OuterName(Metadata, typeHandle);
            var used = new HashSet<string>(StringComparer.Ordinal);
            AddEntity(type.BaseType);
            foreach (var implementation in type.GetInterfaceImplementations())
                AddEntity(Metadata.GetInterfaceImplementation(implementation).Interface);

            foreach (var field in type.GetFields())
                used.UnionWith(Metadata.GetFieldDefinition(field).DecodeSignature(provider, genericContext: null));

            foreach (var methodHandle in type.GetMethods())
                AddMethod(Metadata.GetMethodDefinition(methodHandle));

            foreach (var one in used)
                yield return (user, one);

            void AddEntity(EntityHandle handle)
            {
                if (!handle.IsNil)
                    used.UnionWith(provider.OfEntity(Metadata, handle));
            }

            void AddMethod(MethodDefinition method)
            {
                AddSignature(method.DecodeSignature(provider, genericContext: null));
                if (method.RelativeVirtualAddress == 0)
                    return;

                var body = _file.GetMethodBody(method.RelativeVirtualAddress);
                if (!body.LocalSignature.IsNil)
                {
                    foreach (var local in Metadata.GetStandaloneSignature(body.LocalSignature).DecodeLocalSignature(provider, genericContext: null))
                        used.UnionWith(local);
                }

                foreach (var token in InstructionTokens.Of(body.GetILReader()))
                    used.UnionWith(provider.OfToken(Metadata, token));
            }

            void AddSignature(MethodSignature<ImmutableHashSet<string>> signature)
            {
                used.UnionWith(signature.ReturnType);
                foreach (var parameter in signature.ParameterTypes)
                    used.UnionWith(parameter);
            }
        }
    }

    /// <summary>The methods of other assemblies that a type's code calls, as <c>Namespace.Type.Method</c>, with the type that calls.</summary>
    public IEnumerable<(string User, string Method)> Calls()
    {
        var provider = new TypeNames();
        foreach (var typeHandle in Metadata.TypeDefinitions)
        {
            var user = provider.OuterName(Metadata, typeHandle);
            foreach (var methodHandle in Metadata.GetTypeDefinition(typeHandle).GetMethods())
            {
                var method = Metadata.GetMethodDefinition(methodHandle);
                if (method.RelativeVirtualAddress == 0)
                    continue;

                foreach (var token in InstructionTokens.Of(_file.GetMethodBody(method.RelativeVirtualAddress).GetILReader()))
                {
                    var handle = MetadataTokens.EntityHandle(token);
                    if (handle.Kind == HandleKind.MethodSpecification)
                        handle = Metadata.GetMethodSpecification((MethodSpecificationHandle)handle).Method;

                    if (handle.Kind != HandleKind.MemberReference)
                        continue;

                    var member = Metadata.GetMemberReference((MemberReferenceHandle)handle);
                    foreach (var owner in provider.OfEntity(Metadata, member.Parent))
                        yield return (user, $"{owner}.{Metadata.GetString(member.Name)}");
                }
            }
        }
    }

    public void Dispose() => _file.Dispose();
}
