namespace RemoteSigning.Sam.Api;

/// <summary>
/// <c>GET /sam/v1/configurations/dynamic</c>: the exact bytes in force, so that an operator changes what is and not what was.
/// </summary>
internal static class ReadConfigurationEndpoint
{
    public static Task<Answer> HandleAsync(SamRequest request) => Task.FromResult(
        new Answer(StatusCodes.Status200OK, _ => request.Configuration.DynamicFile, IsHeadInHeader: true));
}
