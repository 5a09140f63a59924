// Several files at once: MOJ's multi-file upload, which isn't started by itself and puts names into HTML unescaped.
import { MultiFileUpload } from '@ministryofjustice/frontend/moj/components/multi-file-upload/multi-file-upload.mjs'

function escaped (text) {
  const box = document.createElement('span')
  box.textContent = text ?? ''
  return box.innerHTML.replaceAll('"', '&quot;')
}

class Upload extends MultiFileUpload {
  getFileRow (file) { return super.getFileRow({ name: escaped(file.name) }) }

  getSuccessHtml (success) { return super.getSuccessHtml({ messageHtml: escaped(success.messageText) }) }

  getErrorHtml (error) { return super.getErrorHtml({ message: escaped(error.message) }) }

  getDeleteButton (file) {
    return super.getDeleteButton({ filename: String(file.filename), originalname: escaped(file.originalname) })
  }
}

// Attributes on the root: data-upload-url, data-delete-url, data-csrf, and data-hint where ours doesn't fit.
export function startUploads (root) {
  for (const box of root.querySelectorAll('[data-app-upload]')) {
    if (box.dataset.appUpload === 'started') continue
    box.dataset.appUpload = 'started'
    new Upload(box, { // eslint-disable-line no-new
      uploadUrl: box.dataset.uploadUrl,
      deleteUrl: box.dataset.deleteUrl,
      csrfHeaderName: 'X-CSRFToken',
      csrfToken: box.dataset.csrf,
      uploadStatusText: 'Uploading, this may take a while on a slow line',
      dropzoneHintText: box.dataset.hint || 'Drag files here or',
      dropzoneButtonText: 'Choose files',
      feedbackContainer: { element: box.querySelector('.moj-multi-file__uploaded-files') },
      hooks: {
        exitHook: () => box.dispatchEvent(new CustomEvent('app:uploaded', { bubbles: true })),
        errorHook: () => {}, entryHook: () => {}, deleteHook: () => {}
      }
    })
  }
}
