using Microsoft.AspNetCore.Http.Metadata;

namespace RemoteSigning.Pki;

/// <summary>The largest request body, in bytes, that an endpoint reads.</summary>
internal sealed class BodyLimit(long bytes) : IRequestSizeLimitMetadata
{
    public long? MaxRequestBodySize => bytes;
}
