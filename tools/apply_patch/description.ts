/** What the model is told of patches: the grammar, and how to write a good one. */

/** The language that `parse.ts` reads, without its tolerance. */
export const GRAMMAR = `start: "*** Begin Patch" LF operation+ "*** End Patch" LF?

operation: create | remove | edit
create: "*** Add File: " PATH LF (ADDED LF)+
remove: "*** Delete File: " PATH LF
edit: "*** Update File: " PATH LF rename? change?

rename: "*** Move to: " PATH LF
change: ((PLACE | LINE) LF)+ ("*** End of File" LF)?

PATH: /.+/
ADDED: /\\+.*/
PLACE: /@@( .+)?/
LINE: /[-+ ].*/

%import common.LF
`;

const RULES =
  `- A patch begins with "*** Begin Patch", ends with "*** End Patch", and may change any number of files.
- "*** Add File: <path>" creates a file, or replaces one: every line of it follows with "+" before it.
- "*** Delete File: <path>" removes a file; nothing follows.
- "*** Update File: <path>" changes a file. "*** Move to: <new path>" in the next line renames it as well; then come one or more changes.
- A change begins with a line "@@". Every line after that has one character before its text: a space for a line that stays, "-" for one that goes, "+" for one that comes.
- Copy the lines that stay or go from the file as they are, indentation included. Give about three that stay before and after what changes.
- Where those lines stand more than once in the file, write the line of the function or class that they are in behind "@@", as in "@@ def area(self):", and the class in a line "@@" before that where it still is not the only one. There are no line numbers.
- Changes to one file come in the order of the file. A change with "+" lines alone goes to the end of the file.
- "*** End of File" after a change says that it is the end of the file.
- Paths are relative to the working folder.
- Nothing is written if any part of the patch does not fit.`;

export const FREEFORM_DESCRIPTION =
  `Creates, changes, renames and deletes files by a patch. The input is the patch itself: no JSON, no quotes, no code fence around it.
${RULES}`;

export const FUNCTION_DESCRIPTION =
  `Creates, changes, renames and deletes files by a patch in the format below; \`input\` is the whole patch as text. This is no unified diff: there are no line numbers and no "---" and "+++" lines.

Example:

*** Begin Patch
*** Add File: docs/shapes.md
+# Shapes
+
+Circles and squares.
*** Update File: src/shape.py
*** Move to: src/shapes.py
@@ class Circle:
     def __init__(self, radius):
         self.radius = radius
-        self.sides = 0
+        self.corners = 0
 
     def area(self):
@@ class Square:
     def area(self):
-        return self.side * 2
+        return self.side ** 2
*** Delete File: src/old_shape.py
*** End Patch

Rules:
${RULES}

The grammar:

${GRAMMAR}`;

export const INPUT_DESCRIPTION = 'The patch, from "*** Begin Patch" to "*** End Patch".';
