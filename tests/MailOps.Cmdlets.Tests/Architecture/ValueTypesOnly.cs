using System.Collections.Immutable;
using System.Reflection.Metadata;

namespace MailOps.Cmdlets.Tests.Architecture;

/// <summary>The value types that a field's own layout needs: itself or, inside a generic value type such as a nullable, its arguments.</summary>
internal sealed class ValueTypesOnly : ISignatureTypeProvider<ImmutableHashSet<string>, object?>
{
    private const byte ValueType = 0x11;
    private static readonly ImmutableHashSet<string> None = [];
    private readonly TypeNames _names = new();

    public ImmutableHashSet<string> GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind) =>
        rawTypeKind == ValueType ? [_names.OuterName(reader, handle)] : None;

    public ImmutableHashSet<string> GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind) =>
        rawTypeKind == ValueType ? _names.GetTypeFromReference(reader, handle, rawTypeKind) : None;

    public ImmutableHashSet<string> GetGenericInstantiation(ImmutableHashSet<string> genericType, ImmutableArray<ImmutableHashSet<string>> typeArguments) =>
        genericType.IsEmpty ? None : typeArguments.Aggregate(genericType, static (all, one) => all.Union(one));

    public ImmutableHashSet<string> GetTypeFromSpecification(MetadataReader reader, object? genericContext, TypeSpecificationHandle handle, byte rawTypeKind) => None;

    public ImmutableHashSet<string> GetFunctionPointerType(MethodSignature<ImmutableHashSet<string>> signature) => None;

    public ImmutableHashSet<string> GetModifiedType(ImmutableHashSet<string> modifier, ImmutableHashSet<string> unmodifiedType, bool isRequired) => unmodifiedType;

    public ImmutableHashSet<string> GetArrayType(ImmutableHashSet<string> elementType, ArrayShape shape) => None;

    public ImmutableHashSet<string> GetByReferenceType(ImmutableHashSet<string> elementType) => None;

    public ImmutableHashSet<string> GetPinnedType(ImmutableHashSet<string> elementType) => elementType;

    public ImmutableHashSet<string> GetPointerType(ImmutableHashSet<string> elementType) => None;

    public ImmutableHashSet<string> GetSZArrayType(ImmutableHashSet<string> elementType) => None;

    public ImmutableHashSet<string> GetGenericMethodParameter(object? genericContext, int index) => None;

    public ImmutableHashSet<string> GetGenericTypeParameter(object? genericContext, int index) => None;

    public ImmutableHashSet<string> GetPrimitiveType(PrimitiveTypeCode typeCode) => None;
}
